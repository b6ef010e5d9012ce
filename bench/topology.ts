import { Bench } from 'tinybench'
import { createExecutor, createInproc, createRunner, defineExecutor, endpointsOf, limit } from '../executors/index.ts'
import { Flow } from '../flows/index.ts'
import { createEngine } from '../gateway/index.ts'
import { createGraph } from '../gateway/topology/graph.ts'
import { createPlanner } from '../gateway/topology/plan.ts'
import type { NodeTarget } from '../gateway/topology/spec.ts'
import {
  CallContext,
  DataRequest,
  Document,
  DocumentArray,
  decodeRequest,
  encodeRequest,
  merge,
} from '../proto/index.ts'

// node --import tsx bench/topology.ts
// What the way through a flow costs by itself, in one process: each further executor of a chain that nobody changes anything in, the
// lookup of a plan, a merge; and the start of a flow of ten. Medians; goals beside them.

const CHAIN = 20
const DOCUMENTS = 100
const STARTS = 20

const inproc = createInproc()
const call = new CallContext()
const Pass = defineExecutor({ name: 'Pass', requests: { '/x': () => {} } })
const silentFlow = { logger: { debug() {}, info() {}, warn() {}, error() {} } }

async function node(name: string, needs?: string[]): Promise<NodeTarget> {
  const executor = await createExecutor(Pass, { name })
  const handler = limit({ executor: name, concurrency: 1000, maxQueued: 1000 })(createRunner(executor))
  await inproc.listen(`inproc://${name}`, { handler, endpoints: endpointsOf(executor) })
  return { name, needs, connection: await inproc.dial(`inproc://${name}`) }
}

const nodes = await Promise.all(Array.from({ length: CHAIN + 1 }, (_, i) => node(`e${i}`)))
const one = createEngine(nodes.slice(0, 1)).handler
const many = createEngine(nodes).handler
const planner = createPlanner(createGraph(nodes))

const ids = (count: number) => Array.from({ length: count }, (_, i) => `d${i}`)
const branch = (init: (id: string) => object, count = DOCUMENTS) => {
  const docs = new DocumentArray(ids(count).map((id) => new Document({ id, ...init(id) })))
  return encodeRequest(new DataRequest({ header: { execEndpoint: '/x' }, docs }))
}
const text = (id: string) => ({ text: `the text of ${id}` })
const [request, large] = [branch(text, 1), branch(text)]
const left = branch((id) => ({ text: `the text of ${id}`, tags: { left: true } }))
const right = branch(() => ({ embedding: new Float32Array(128) }))

const bench = new Bench({ time: 1000, warmupTime: 300 })
  .add('chain of 1', async () => void (await one(decodeRequest(request), call)))
  .add(`chain of ${CHAIN + 1}`, async () => void (await many(decodeRequest(request), call)))
  .add(`chain of 1, ${DOCUMENTS} documents`, async () => void (await one(decodeRequest(large), call)))
  .add(`chain of ${CHAIN + 1}, ${DOCUMENTS} documents`, async () => void (await many(decodeRequest(large), call)))
  .add('plan lookup', () => planner('/x', 'e1|e2'))
  .add(`merge of 2 x ${DOCUMENTS} documents`, () => encodeRequest(merge([decodeRequest(left), decodeRequest(right)])))
  .add(`merge of 2 x ${DOCUMENTS} that nobody changed`, () => {
    const same = decodeRequest(large)
    return merge([same, same])
  })
await bench.run()

const microseconds = (name: string): number => {
  const result = bench.tasks.find((task) => task.name === name)?.result
  if (!result || !('latency' in result)) throw new Error(`"${name}" was not measured`)
  return result.latency.p50 * 1000
}

const starts: number[] = []
for (let i = 0; i <= STARTS; i++) {
  const flow = new Flow({ ...silentFlow, host: '127.0.0.1', protocol: 'http' })
  for (let name = 0; name < 10; name++) flow.add({ name: `e${name}`, uses: Pass })
  const begin = performance.now()
  const running = await flow.start()
  // the first one imports and compiles
  if (i > 0) starts.push(performance.now() - begin)
  await running.close()
}
starts.sort((a, b) => a - b)

const further = (size: string) => {
  return (microseconds(`chain of ${CHAIN + 1}${size}`) - microseconds(`chain of 1${size}`)) / CHAIN
}
const rows = [
  ['a further executor in a chain, one document', `${further('').toFixed(2)} µs`, '≤ 10 µs'],
  [`the same with ${DOCUMENTS} documents`, `${further(`, ${DOCUMENTS} documents`).toFixed(2)} µs`, ''],
  ['plan lookup', `${microseconds('plan lookup').toFixed(2)} µs`, ''],
  [
    `merge of 2 × ${DOCUMENTS} documents, decoded and encoded`,
    `${microseconds(`merge of 2 x ${DOCUMENTS} documents`).toFixed(0)} µs`,
    '',
  ],
  [
    'merge of branches that nobody changed',
    `${microseconds(`merge of 2 x ${DOCUMENTS} that nobody changed`).toFixed(2)} µs`,
    '',
  ],
  ['start of a flow of ten executors', `${(starts[STARTS / 2] as number).toFixed(1)} ms`, '≤ 50 ms'],
]
for (const [what, figure, goal] of rows) console.log(`${what?.padEnd(52)} ${figure?.padStart(10)}  ${goal}`)
process.exit(0)
