import {
  type Branch,
  type Call,
  CallContext,
  type DataRequest,
  FlowError,
  type Header,
  type Logger,
  nowMs,
  type Route,
} from '../../proto/index.ts'
import { gather, inOrderOf, select } from './gather.ts'
import { REQUEST } from './graph.ts'
import { Results, type Specialised, specialise } from './parameters.ts'
import type { Plan, Step } from './plan.ts'

/** What goes on beside the requests of a flow. */
export interface Surroundings {
  readonly logger: Logger
  /** Runs what nobody waits for, until `call` ends. */
  aside(run: (call: Call) => Promise<unknown>, request: DataRequest, call: Call): void
}

/** What a walk found besides the answer. */
interface Walk {
  readonly steps: readonly Step[]
  readonly sent: DataRequest
  readonly call: Call
  readonly specialised: Specialised
  readonly results: Results
  readonly routes: (Route | undefined)[]
  /** Answers whose documents have gone on in parts: the nodes after have had them. */
  readonly inParts: WeakSet<DataRequest> | undefined
  /** What executors answered that failed, by their positions. */
  failed: Map<number, DataRequest> | undefined
  /** What a later executor answered to a part on which it failed. */
  failedOnward?: DataRequest
}

/** The documents of the answer, one route a node, and the parameters where they are not as sent. */
export interface Outcome {
  readonly answer: DataRequest
  readonly routes: Route[]
  readonly parameters: DataRequest['parameters'] | undefined
}

/**
 * Walks one plan for one request. Each node starts when all it needs has answered; an answer whose executor failed
 * passes through the rest unsent. Rejects when a node could not be reached.
 */
export async function run(plan: Plan, request: DataRequest, call: Call, around: Surroundings): Promise<Outcome> {
  const header: Header = { ...request.header, targetExecutor: '' }
  const walk: Walk = {
    steps: plan.steps,
    sent: request.with({ header }),
    call,
    specialised: specialise(request),
    results: new Results(),
    routes: [],
    inParts: call.emit && new WeakSet(),
    failed: undefined,
  }
  const answer = plan.chain ? await runChain(walk) : await runGraph(plan, walk, around)
  return {
    answer: plan.conditional ? inOrderOf(request, answer) : answer,
    // a node that was not reached has none
    routes: plan.chain ? (walk.routes as Route[]) : plan.order.flatMap((position) => walk.routes[position] ?? []),
    parameters: walk.results.addTo(request, plan.order, walk.routes),
  }
}

// what runStep does, without a promise of its own for each step: most flows are chains
async function runChain(walk: Walk): Promise<DataRequest> {
  const { steps, call } = walk
  let answer = walk.sent
  for (let position = 0; position < steps.length && !answer.failed; position++) {
    const { spec, runs, branches } = steps[position] as Step
    const input = spec.when && runs ? select(answer, spec.when) : answer
    if (call.emit) {
      answer = await runStep(position, input, branches, walk)
      continue
    }
    begin(position, walk)
    if (!runs) continue
    const sent = sentTo(spec.name, input, branches, walk)
    answer = settled(position, sent, await spec.connection.send(sent, call), walk)
  }
  return answer
}

async function runGraph({ steps, exit, order }: Plan, walk: Walk, around: Surroundings): Promise<DataRequest> {
  const answers: Promise<DataRequest>[] = []
  const begin = (position: number, on: Walk) => {
    const answer = startStep(position, answers, on)
    // the exit rejects with it; another branch may never look
    answer.catch(() => {})
    answers[position] = answer
    return answer
  }
  for (const [position, { floating }] of steps.entries()) if (!floating) begin(position, walk)
  const floating = [...steps.keys()].filter((position) => steps[position]?.floating)
  if (floating.length > 0) {
    const runFloating = (call: Call) => {
      const alone = { ...walk, call, results: new Results() }
      return Promise.all(floating.map((position) => logged(begin(position, alone), alone, position, around)))
    }
    around.aside(runFloating, walk.sent, walk.call)
  }
  const answer = await (answers[exit] ?? walk.sent)
  if (!answer.failed) return answer
  // of several that failed the first in the graph, not in time
  const first = order.find((position) => walk.failed?.has(position)) ?? exit
  return walk.failed?.get(first) ?? answer
}

async function startStep(position: number, answers: readonly Promise<DataRequest>[], walk: Walk): Promise<DataRequest> {
  const step = walk.steps[position] as Step
  const { inputs, spec, runs, branches } = step
  const parts = await Promise.all(
    inputs.map((input) => (input === REQUEST ? walk.sent : (answers[input] as Promise<DataRequest>))),
  )
  const failed = parts.find((part) => part.failed)
  if (failed) return failed
  const input = gather(parts, step)
  const apart = spec.noReduce && runs && parts.length > 1
  return runStep(position, input, apart ? (input.branches ?? branches) : branches, walk)
}

async function runStep(
  position: number,
  input: DataRequest,
  branches: readonly Branch[],
  walk: Walk,
): Promise<DataRequest> {
  if (walk.inParts?.has(input)) return input
  const { spec, runs } = walk.steps[position] as Step
  begin(position, walk)
  if (!runs) return input
  const sent = sentTo(spec.name, input, branches, walk)
  const answer = await (walk.call.emit ? sendForParts(position, sent, walk) : spec.connection.send(sent, walk.call))
  return settled(position, sent, answer, walk)
}

// a node that is given parts runs once for each
function begin(position: number, { steps, routes }: Walk): void {
  routes[position] ??= { executor: (steps[position] as Step).spec.name, startTime: nowMs() }
}

function sentTo(name: string, input: DataRequest, branches: readonly Branch[], walk: Walk): DataRequest {
  return input.with({ parameters: walk.specialised.forNode(name), branches })
}

function settled(position: number, sent: DataRequest, answer: DataRequest, walk: Walk): DataRequest {
  const route = walk.routes[position] as Route
  route.endTime = nowMs()
  if (answer !== walk.failedOnward) route.status = answer.status
  walk.results.add(position, sent, answer)
  const finished = answer.withParametersOf(walk.sent)
  if (walk.inParts?.has(answer)) walk.inParts.add(finished)
  if (finished.failed) {
    walk.failed ??= new Map()
    walk.failed.set(position, finished)
  }
  return finished
}

/**
 * Sends for a caller who wants parts. Each part goes through the rest of the way before the node is asked for the next; one on which
 * a later executor fails is the last, and what that executor answered is the answer.
 */
async function sendForParts(position: number, sent: DataRequest, walk: Walk): Promise<DataRequest> {
  const { spec, onward } = walk.steps[position] as Step
  const { deadline, metadata, caller } = walk.call
  let given = false
  const emit = async (part: DataRequest) => {
    given = true
    await passOn(part, onward ?? [], walk)
  }
  const call = new CallContext({ deadline, metadata, caller, emit: onward && emit, parent: walk.call })
  try {
    const answer = await spec.connection.send(sent, call)
    if (given) walk.inParts?.add(answer)
    return answer
  } catch (error) {
    if (walk.failedOnward) return walk.failedOnward
    throw error
  } finally {
    call.release()
  }
}

async function passOn(part: DataRequest, onward: readonly number[], walk: Walk): Promise<void> {
  let answer = part.withParametersOf(walk.sent)
  for (const position of onward) {
    const { spec, runs, branches } = walk.steps[position] as Step
    answer = await runStep(position, spec.when && runs ? select(answer, spec.when) : answer, branches, walk)
    if (!answer.failed) continue
    walk.failedOnward ??= answer
    throw new FlowError('CANCELLED', 'a later executor failed', { executor: walk.steps[position]?.spec.name })
  }
  if (!walk.inParts?.has(answer) && answer.docs.length > 0) await walk.call.emit?.(answer)
}

async function logged(answer: Promise<DataRequest>, walk: Walk, position: number, around: Surroundings): Promise<void> {
  const { requestId } = walk.sent.header
  const executor = walk.steps[position]?.spec.name
  await answer.catch((error) => {
    around.logger.warn({ err: FlowError.from(error), executor, requestId }, 'a floating executor was not reached')
  })
}
