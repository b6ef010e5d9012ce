import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Command, InvalidArgumentError } from 'commander'
import { Client, type Document, FlowError, type Inputs } from '../../client/index.ts'
import { documentFromJson, documentText, type JsonObject } from '../../proto/index.ts'

interface Options {
  text?: string[]
  file?: string
  parameters?: JsonObject
  target?: string
  requestSize: number
  timeout: number
  progress?: boolean
}

const shortcuts = ['index', 'search', 'update', 'delete']

/** `sluice client post URL ENDPOINT`, and a shortcut for each of `/index`, `/search`, `/update`, `/delete`. */
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
  return client
}

function withOptions(command: Command): Command {
  return command
    .argument('<url>', 'such as grpc://localhost:50051 or http://localhost:8080')
    .option('-t, --text <text...>', 'documents of these texts')
    .option('-f, --file <file>', 'NDJSON: one document a line; - reads standard input')
    .option('-p, --parameters <json>', 'parameters for the executors', parameters)
    .option('--target <regex>', 'only executors whose names begin with this')
    .option('--request-size <n>', 'documents in a request', integer, 100)
    .option('--timeout <ms>', 'time for each request', integer, 60_000)
    .option('--progress', 'show a progress bar')
    .addHelpText(
      'after',
      `
Answers are printed as NDJSON, one document a line.

Examples:
  sluice client search http://localhost:8080 --text 'a white whale' --parameters '{"limit": 3}'
  sluice client index grpc://localhost:50051 --file docs.ndjson --progress
  cat docs.ndjson | sluice client post http://localhost:8080 /index --file -`,
    )
}

async function post(url: string, on: string, options: Options): Promise<void> {
  await using client = new Client({ host: url, timeoutMs: options.timeout })
  await client.post(on, inputsOf(options), {
    requestSize: options.requestSize,
    ...(options.parameters && { parameters: options.parameters }),
    ...(options.target && { targetExecutor: options.target }),
    ...(options.progress && { showProgress: true }),
    onDone: async ({ docs }) => {
      for (const document of docs)
        if (!process.stdout.write(`${documentText(document)}\n`)) await once(process.stdout, 'drain')
    },
    onError: (_response, error) => {
      throw error
    },
  })
}

function inputsOf({ text, file }: Options): Inputs {
  if (text && file) throw new FlowError('INVALID_ARGUMENT', '--text and --file exclude each other')
  return file === undefined ? text : linesOf(file)
}

async function* linesOf(file: string): AsyncGenerator<Document> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  let line = 0
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++
    if (text.trim() === '') continue
    try {
      yield documentFromJson(text)
    } catch (error) {
      throw new FlowError('INVALID_ARGUMENT', `${file}:${line} is no document: ${FlowError.from(error).reason}`)
    }
  }
}

function parameters(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  } catch {}
  throw new InvalidArgumentError('Must be a JSON object.')
}

function integer(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value)) throw new InvalidArgumentError('Must be a whole number.')
  return value
}
