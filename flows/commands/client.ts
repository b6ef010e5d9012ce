import { once } from 'node:events'
import type { ReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Command, Option } from 'commander'
import { Client, type DataRequest, type Document, FlowError, type Inputs } from '../../client/index.ts'
import { documentFromJson, documentText, type JsonObject } from '../../proto/index.ts'
import { clientTypesCommand } from './client-types.ts'
import { atLeast, jsonObject } from './values.ts'

interface Options {
  text?: string[]
  json?: string[]
  file?: string
  parameters?: JsonObject
  target?: string
  requestSize: number
  timeout: number
  progress?: boolean
  parts?: boolean
}

const shortcuts = ['index', 'search', 'update', 'delete']

/** `sluice client post URL ENDPOINT`, a shortcut for each of `/index`, `/search`, `/update`, `/delete`, and `types`. */
export function clientCommand(): Command {
  const client = new Command('client').description('send documents to a flow')
  client.addCommand(
    withOptions(new Command('post').description('run an endpoint'))
      .argument('<endpoint>', 'such as /index')
      .action(post),
  )
  for (const name of shortcuts) {
    const command = withOptions(new Command(name).description(`run /${name}`))
    client.addCommand(command.action((url: string, options: Options) => post(url, `/${name}`, options)))
  }
  client.addCommand(clientTypesCommand())
  return client
}

function withOptions(command: Command): Command {
  return command
    .argument('<url>', 'such as grpc://localhost:50051, http://localhost:8080 or ws://localhost:8080')
    .addOption(new Option('-t, --text <text...>', 'documents of these texts').conflicts(['json', 'file']))
    .addOption(new Option('-j, --json <document...>', 'documents as JSON objects').conflicts(['text', 'file']))
    .addOption(new Option('-f, --file <file>', 'NDJSON: one document a line; - reads standard input'))
    .option('-p, --parameters <json>', 'parameters for the executors', jsonObject)
    .option('--target <regex>', 'only executors whose names begin with this')
    .option('--request-size <n>', 'documents in a request; 0: all in one', atLeast(0), 100)
    .option('--timeout <ms>', 'time for each request', atLeast(1), 60_000)
    .option('--progress', 'show a progress bar')
    .addOption(new Option('--parts', 'print documents of streaming endpoints as they come').conflicts('progress'))
    .addHelpText(
      'after',
      `
Without --text, --json or --file, documents are read from standard input if something is piped into it.
Answers are printed as NDJSON, one document a line.

Examples:
  sluice client search http://localhost:8080 --text 'a white whale' --parameters '{"limit": 3}'
  sluice client index grpc://localhost:50051 --file docs.ndjson --progress
  sluice client post ws://localhost:8080 /chat --text 'tell me more' --parts
  sluice client update http://localhost:8080 --json '{"id": "a", "tags": {"page": 12}}'
  cat docs.ndjson | sluice client post http://localhost:8080 /index --target 'embed|index'`,
    )
}

async function post(url: string, on: string, options: Options): Promise<void> {
  await using client = new Client({ host: url, timeoutMs: options.timeout })
  const { requestSize, parameters, target, progress, parts = false } = options
  const asked = { requestSize, ...(parameters && { parameters }), ...(target && { targetExecutor: target }) }
  if (progress) {
    const onError = (_: unknown, error: FlowError) => {
      throw error
    }
    await client.post(on, inputsOf(options), { ...asked, showProgress: true, onDone: print, onError })
  } else {
    for await (const response of client.stream(on, inputsOf(options), { ...asked, parts })) await print(response)
  }
}

async function print({ docs }: DataRequest): Promise<void> {
  for (const document of docs)
    if (!process.stdout.write(`${documentText(document)}\n`)) await once(process.stdout, 'drain')
}

function inputsOf({ text, json, file }: Options): Inputs {
  if (text) return text
  if (json) return json.map((one) => documentOf(one, one))
  if (file !== undefined) return linesOf(file)
  return process.stdin.isTTY ? undefined : linesOf('-')
}

async function* linesOf(file: string): AsyncGenerator<Document> {
  const input = file === '-' ? process.stdin : await opened(file)
  const name = file === '-' ? 'standard input' : file
  let line = 0
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++
    if (text.trim() !== '') yield documentOf(text, `${name}:${line}`)
  }
}

async function opened(file: string): Promise<ReadStream> {
  try {
    return (await open(file)).createReadStream()
  } catch (error) {
    throw new FlowError('NOT_FOUND', `no documents at ${file}: ${FlowError.from(error).reason}`, { cause: error })
  }
}

function documentOf(text: string, where: string): Document {
  try {
    return documentFromJson(text)
  } catch (error) {
    throw new FlowError('INVALID_ARGUMENT', `${where} is no document: ${FlowError.from(error).reason}`)
  }
}
