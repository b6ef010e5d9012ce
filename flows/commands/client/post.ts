import { once } from 'node:events'
import { Command, Option } from 'commander'
import { Client, type DataRequest, type FlowError } from '../../../client/index.ts'
import { documentText, type JsonObject } from '../../../proto/index.ts'
import { atLeast, jsonObject } from '../values.ts'
import { formats, openInput, type SourceOptions } from './input.ts'
import { progressBar, silentProgress } from './progress.ts'

interface Options extends SourceOptions {
  parameters?: JsonObject
  target?: string
  requestSize: number
  timeout: number
  progress?: boolean
  parts?: boolean
  quiet?: boolean
  keepGoing?: boolean
}

/** `sluice client post URL ENDPOINT` */
export function postCommand(): Command {
  return withOptions(new Command('post').description('run an endpoint'))
    .argument('<endpoint>', 'such as /index')
    .action(post)
}

/** `sluice client index URL` and the like */
export function shortcutCommand(name: string): Command {
  return withOptions(new Command(name).description(`run /${name}`)).action((url: string, options: Options) =>
    post(url, `/${name}`, options),
  )
}

function withOptions(command: Command): Command {
  return command
    .argument('<url>', 'such as grpc://localhost:50051, http://localhost:8080 or ws://localhost:8080')
    .addOption(new Option('-t, --text <text...>', 'documents of these texts').conflicts(['json', 'file']))
    .addOption(new Option('-j, --json <document...>', 'documents as JSON objects').conflicts(['text', 'file']))
    .addOption(new Option('-f, --file <glob...>', 'files, or patterns of files; - is standard input'))
    .addOption(new Option('--format <format>', 'what the files are; default: by their names').choices(formats))
    .option('-p, --parameters <json>', 'parameters for the executors', jsonObject)
    .option('--target <regex>', 'only executors whose names begin with this')
    .option('--request-size <n>', 'documents in a request; 0: all in one', atLeast(0), 100)
    .option('--timeout <ms>', 'time for each request', atLeast(1), 60_000)
    .option('--keep-going', 'tell failed requests on standard error, go on, and end with 1')
    .option('-q, --quiet', 'print no documents')
    .option('--progress', 'show a progress bar; default: where standard error is a terminal')
    .option('--no-progress', 'show none')
    .addOption(new Option('--parts', 'print documents of streaming endpoints as they come').conflicts('progress'))
    .addHelpText(
      'after',
      `
Files: .ndjson and .jsonl have a document on each line, .json has one or a list, .csv and .tsv have one in each row (columns id, text and uri
are the document's, others become tags); any other file is one document, its text or its bytes. Without --text, --json or --file, documents
are read from standard input as NDJSON if something is piped into it. Answers are printed as NDJSON, one document a line.

Examples:
  sluice client search http://localhost:8080 --text 'a white whale' --parameters '{"limit": 3}'
  sluice client index grpc://localhost:50051 --file 'data/**/*.txt' docs.ndjson --quiet
  sluice client index http://localhost:8080 --file pages.csv > indexed.ndjson
  sluice client post ws://localhost:8080 /chat --text 'tell me more' --parts
  sluice client update http://localhost:8080 --json '{"id": "a", "tags": {"page": 12}}'
  cat docs.ndjson | sluice client post http://localhost:8080 /index --target 'embed|index'`,
    )
}

async function post(url: string, on: string, options: Options): Promise<void> {
  await using client = new Client({ host: url, timeoutMs: options.timeout })
  const { requestSize, parameters, target, parts = false, quiet = false, keepGoing = false } = options
  const asked = { requestSize, ...(parameters && { parameters }), ...(target && { targetExecutor: target }) }
  const input = await openInput(options)
  const bar = (options.progress ?? (process.stderr.isTTY && !parts)) ? progressBar(input) : silentProgress
  let failed = 0
  const tell = (error: FlowError) => {
    failed++
    bar.log(error.message)
  }
  const print = ({ docs }: DataRequest) => printed(docs, bar.log)
  try {
    if (keepGoing) {
      const onError = (_: unknown, error: FlowError) => tell(error)
      const onDone = quiet ? () => {} : print
      await client.post(on, input.docs, { ...asked, onDone, onError, onAlways: ({ docs }) => bar.advance(docs.length) })
    } else {
      for await (const response of client.stream(on, input.docs, { ...asked, parts })) {
        if (!quiet) await print(response)
        bar.advance(response.docs.length)
      }
    }
  } finally {
    bar.stop()
  }
  if (failed > 0) {
    console.error(`${failed} ${failed === 1 ? 'request' : 'requests'} failed`)
    process.exitCode = 1
  }
}

// a terminal has documents and bar on one screen: documents go above the bar
async function printed(docs: DataRequest['docs'], above: (text: string) => void): Promise<void> {
  for (const document of docs) {
    const line = documentText(document)
    if (process.stdout.isTTY) above(line)
    else if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain')
  }
}
