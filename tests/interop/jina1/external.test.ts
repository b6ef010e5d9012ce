import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client, Document, DocumentArray, type Inputs, type PostOptions } from '../../../client/index.ts'
import { Flow, type RunningFlow } from '../../../flows/index.ts'
import { silent } from '../../../proto/index.ts'
import { freePorts, jinaEnv, python, type Server, shared, startServer } from '../peers.ts'
import { requestJson, steady } from './meaning.ts'

// Flows of ours with nodes of the real Jina answer as flows that are Jina's throughout.

interface Case {
  readonly title: string
  readonly on: string
  readonly inputs?: () => Inputs
  readonly options?: PostOptions
}

const rich = () => [
  new Document({ id: 'a', text: 'hello wörld', tags: { n: 7, deep: { list: [1, 'x', null] } }, weight: 0.5 }),
  new Document({ id: 'b', blob: Uint8Array.of(0, 255, 1), uri: 'a.png', scores: { cos: { value: 0.25 } } }),
  new Document({
    id: 'c',
    tensor: Float32Array.of(1, 2, 3),
    chunks: new DocumentArray([new Document({ id: 'c1', text: 'chunk' })]),
    matches: new DocumentArray([new Document({ id: 'm1', text: 'match' })]),
  }),
]
const one = () => new Document({ id: 'd', text: 'straße' })

const cases: readonly Case[] = [
  { title: 'an endpoint that all but one serve', on: '/index', inputs: rich },
  { title: 'one that only the first serves', on: '/echo', inputs: rich },
  { title: 'one that nobody serves', on: '/nowhere', inputs: rich },
  { title: 'none', on: '', inputs: one },
  { title: 'no documents', on: '/index' },
  { title: 'documents that an executor adds', on: '/create', inputs: one },
  { title: 'documents that an executor replaces', on: '/replace', inputs: rich },
  { title: 'objects that executors return', on: '/results', inputs: rich },
  {
    title: 'parameters for all and for one',
    on: '/params',
    inputs: one,
    options: { parameters: { all: 1, embed__k: 2, inner__k: 3, embed: { merged: true }, list: [1, { a: 'b' }] } },
  },
  { title: 'an executor that fails at first', on: '/fail_early', inputs: one },
  { title: 'an executor that fails at last', on: '/fail', inputs: one },
  { title: 'a target', on: '/index', inputs: one, options: { targetExecutor: 'embed|upper|inner|last' } },
  {
    title: 'several requests',
    on: '/index',
    inputs: () => Array.from({ length: 25 }, (_, i) => new Document({ id: `${i}`, text: `text ${i}` })),
    options: { requestSize: 10, resultsInOrder: true },
  },
]

const start = (script: string, ...args: string[]) => startServer(python('jina1'), [script, ...args], { env: jinaEnv })
const reference = (name: string) => `${shared}/interop/jina1/${name}.py`
const outer = 'tests/interop/jina1/outer_flow.py'

let [all, embed, nested]: Server[] = []
let port: number
beforeAll(async () => {
  port = await freePorts(6)
  ;[all, embed] = await Promise.all([
    start(reference('reference_flow'), '--port', `${port}`, '--executor-base-port', `${port + 1}`),
    start(reference('reference_executor'), '--port', `${port + 4}`, '--executor', 'embed'),
  ])
  const nodes = [`inner=127.0.0.1:${port}`, `last=127.0.0.1:${port + 4}`]
  nested = await start(outer, '--port', `${port + 5}`, ...nodes)
}, 180_000)
afterAll(async () => {
  await Promise.all([nested, all, embed].map((server) => server?.stop()))
})

/** What both answer to a case. */
async function answersOf(client: Client, { on, inputs, options }: Case): Promise<unknown[]> {
  const asked = { continueOnError: true, ...options, returnResponses: true } as const
  const answers = await client.post(on, inputs?.(), asked)
  return answers.map((answer) => steady(requestJson(answer), ['requestId']))
}

describe.each([
  { name: 'a flow whose second executor is of the real Jina', theirs: 0, add: middle },
  { name: 'a flow whose first node is a whole flow of the real Jina', theirs: 5, add: whole },
])('$name answers as if all were', ({ theirs, add }) => {
  let flow: RunningFlow
  let clients: { ours: Client; jinas: Client }
  beforeAll(async () => {
    const folder = new URL('.', import.meta.url).pathname
    flow = await add(
      new Flow({ protocol: 'grpc', host: '127.0.0.1', exposeStacks: true, logger: silent }, folder),
    ).start()
    const client = (port: number) => new Client({ host: '127.0.0.1', port, protocol: 'grpc' })
    clients = { ours: client(flow.port), jinas: client(port + theirs) }
    // the real gateway asks what executors serve at the first request, and skips from the second on
    await answersOf(clients.jinas, { title: '', on: '/index', inputs: one })
    await new Promise((resolve) => setTimeout(resolve, 500))
  })
  afterAll(async () => {
    await Promise.all(Object.values(clients ?? {}).map((client) => client.close()))
    await flow?.close()
  })

  it.each(cases)('$title', async (asked) => {
    const [ours, jinas] = [await answersOf(clients.ours, asked), await answersOf(clients.jinas, asked)]
    expect(ours).toEqual(promised(jinas))
    expect(ours.length).toBeGreaterThan(0)
  })
})

interface Answer {
  readonly header: { readonly status?: unknown }
  readonly routes: readonly { readonly executor: string }[]
}

/** Row 17 of the deviations: a flow that failed as a node stops the flow that it is in. */
function promised(jinas: unknown[]): unknown[] {
  return (jinas as Answer[]).map((answer) => {
    const { header, routes } = answer
    if (header.status === undefined || routes.at(-1)?.executor !== 'last') return answer
    const told = routes
      .slice(0, -1)
      .map((route) => (route.executor === 'inner' ? { ...route, status: header.status } : route))
    return { ...answer, routes: told }
  })
}

function middle(flow: Flow): Flow {
  return flow
    .add({ name: 'upper', uses: './executors.ts#Upper' })
    .add({ name: 'embed', external: true, host: '127.0.0.1', port: port + 4 })
    .add({ name: 'fail', uses: './executors.ts#Fail' })
}

function whole(flow: Flow): Flow {
  return flow
    .add({ name: 'inner', external: true, host: '127.0.0.1', port })
    .add({ name: 'last', external: true, host: `grpc://127.0.0.1:${port + 4}` })
}
