import { fileURLToPath } from 'node:url'
import { parseFlow, type RunningFlow } from '../../../flows/index.ts'
import { DataRequest, encodeRequest, FlowError, silent } from '../../../proto/index.ts'
import { RawClient } from './client.ts'
import { difference } from './compare.ts'
import { nodesOf } from './flow-text.ts'
import { Model } from './model.ts'
import { normalised } from './normal.ts'
import type { Answer, Json, RecordedFlow, RecordedRequest } from './recordings.ts'
import { type Case, type Promised, type Row, readingRows, refusedFilter, refusedFlow, rows } from './rows.ts'

const contract = fileURLToPath(new URL('./executors.ts', import.meta.url))

/** Replays one recorded flow; a line for each request, or one for a flow that was only built. */
export async function replayFlow(flow: RecordedFlow): Promise<string[]> {
  const names = flow.requests.length > 0 ? flow.requests.map(({ id }) => `${flow.name}/${id}`) : [`${flow.name}/build`]
  try {
    const built = await build(flow)
    const isFilter = built instanceof FlowError && /\.when: /.test(built.reason)
    const refused = isFilter ? refusedFilter(flow) : refusedFlow(flow)
    if (refused !== undefined && flow.build.ok) {
      if (!(built instanceof FlowError)) await built.close()
      return names.map((name) => judgedRefusal(name, built, refused))
    }
    if (!(built instanceof FlowError) && flow.build.ok && flow.requests.length > 0)
      return await replayRequests(flow, built)
    if (!(built instanceof FlowError)) await built.close()
    const [got, wanted] = [!(built instanceof FlowError), flow.build.ok]
    const why = built instanceof FlowError ? built.reason : 'it was built'
    return names.map((name) => (got === wanted ? `PASS ${name}` : `FAIL ${name}: ${why}`))
  } catch (error) {
    return names.map((name) => `FAIL ${name}: ${FlowError.from(error).message}`)
  }
}

function judgedRefusal(name: string, built: RunningFlow | FlowError, row: number): string {
  if (built instanceof FlowError && built.codeName === 'INVALID_ARGUMENT') return `PASS ${name} (row ${row})`
  return `FAIL ${name}: it was not refused with INVALID_ARGUMENT, as row ${row} promises`
}

async function build(flow: RecordedFlow): Promise<RunningFlow | FlowError> {
  const options = {
    protocol: 'grpc' as const,
    host: '127.0.0.1',
    exposeStacks: true,
    logger: silent,
    modules: contract,
  }
  try {
    return await parseFlow(flow.yaml, 'flow.yml', {}, { options }).start()
  } catch (error) {
    return FlowError.from(error)
  }
}

/** A way to turn the round robin of replicas and shards: requests for one node each, before the recorded ones. */
type Phase = readonly string[]

async function replayRequests(flow: RecordedFlow, first: RunningFlow): Promise<string[]> {
  let best: string[] = []
  for (const phase of phasesOf(flow)) {
    const running = phase.length === 0 ? first : await build(flow)
    if (running instanceof FlowError) throw running
    const lines = await replayOnce(flow, running, phase)
    await running.close()
    const passes = lines.filter((line) => line.startsWith('PASS')).length
    if (best.length === 0 || passes > best.filter((line) => line.startsWith('PASS')).length) best = lines
    if (passes === lines.length) break
  }
  return best
}

async function replayOnce(flow: RecordedFlow, running: RunningFlow, phase: Phase): Promise<string[]> {
  const client = new RawClient(running.port)
  const model = await Model.of(flow.yaml).catch(() => undefined)
  const nodes = nodesOf(flow.yaml)
  const phased = flow.flags.includes('rr-phase')
  const lines: string[] = []
  try {
    for (const [i, request] of flow.requests.entries()) {
      const bytes = Buffer.from(request.b64, 'base64')
      const answer = await client.send(bytes)
      const got = phased ? uncounted(answer) : answer
      const promised = await model?.answer(bytes).catch(() => undefined)
      const response = flow.responses[i] as Answer
      const recorded = phased ? uncounted(response) : response
      const modelled = phased && promised ? uncounted(promised) : promised
      lines.push(judged(got, { flow, nodes, request, recorded, model: modelled }))
      if (request.flags.includes('warmup')) {
        for (const node of phase) {
          const turning = turn(request, node)
          await client.send(turning)
          await model?.answer(turning).catch(() => undefined)
        }
      }
    }
  } finally {
    client.close()
  }
  return lines
}

function judged(got: Answer, of: Case): string {
  const { flow, request, recorded, model } = of
  const name = `${flow.name}/${request.id}`
  const told = (used: readonly number[]) => (used.length > 0 ? ` (row ${[...new Set(used)].join(', ')})` : '')
  // a warm-up came before Jina knew which endpoints there are, and over cold connections
  if (request.flags.includes('warmup') && recorded.grpc === 'OK') {
    const why = difference(got, { grpc: recorded.grpc, header: recorded.header })
    return why ? `FAIL ${name}: ${why}` : `PASS ${name}`
  }
  let { wanted, used } = wantedOf(of, rows)
  let why = difference(got, wanted)
  if (why) {
    const read = wantedOf(of, [...rows, ...readingRows])
    if (read.used.length > used.length) {
      ;({ wanted, used } = read)
      why = difference(readable(got), wanted)
    }
  }
  if (why) return `FAIL ${name}: ${why}${told(used)}`
  const otherwise = used.every((row) => row === 11 || row === 17) && model && modelError(model, wanted)
  return otherwise ? `FAIL ${name}: the model of what is promised is wrong: ${otherwise}` : `PASS ${name}${told(used)}`
}

/** The model may only speak for what was not recorded if it says the same of what was; but of time it knows nothing. */
function modelError(model: Answer, { routes: _, docs, ...others }: Promised): string | undefined {
  return difference(readable(model), { ...others, docs: docs && normalised(docs as Json[]) })
}

/** An answer with its documents as readers see them. */
function readable(answer: Answer): Answer {
  return answer.docs ? { ...answer, docs: normalised(answer.docs) } : answer
}

/** The recorded answer with what rows promise in its place, and which do. */
function wantedOf(of: Case, candidates: readonly Row[]): { wanted: Promised; used: number[] } {
  const { details: _, messages_before: __, data_kind: ___, docs_b64: ____, ...recorded } = of.recorded as Answer & Json
  let wanted: Promised = recorded
  const used: number[] = []
  for (const candidate of candidates) {
    const { row, applies, promised } = candidate
    if (!applies(of)) continue
    const next = { ...wanted, ...promised(of, wanted as Answer) }
    if (difference(next, wanted) === undefined && !readingRows.includes(candidate)) continue
    used.push(row)
    wanted = next
  }
  return { wanted, used }
}

/** Without how often a replica was called: which one had the warm-up is a matter of phase too. */
function uncounted<T extends Promised>(answer: T): T {
  const text = JSON.stringify(answer.docs ?? null, (key, value) => (/^count_/.test(key) ? 'n' : value))
  return answer.docs ? { ...answer, docs: JSON.parse(text) } : answer
}

/** Ways to turn the round robins of a flow whose recorded answers depend on where they stood; the first leaves them as they are. */
function phasesOf({ flags, yaml }: RecordedFlow): Phase[] {
  if (!flags.includes('rr-phase')) return [[]]
  let phases: Phase[] = [[]]
  for (const { name, shards = 1, replicas = 1 } of nodesOf(yaml)) {
    const turns = Array.from({ length: Number(shards) * Number(replicas) }, (_, count) =>
      Array(count).fill(String(name)),
    )
    phases = turns.flatMap((own) => phases.map((phase) => [...phase, ...own]))
  }
  return phases.sort((a, b) => a.length - b.length)
}

function turn({ endpoint }: RecordedRequest, node: string): Buffer {
  const header = { requestId: 'turn', execEndpoint: endpoint, targetExecutor: `${node}$` }
  return Buffer.from(encodeRequest(new DataRequest({ header })))
}
