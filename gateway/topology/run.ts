import {
  type Call,
  CallContext,
  type DataRequest,
  FlowError,
  type Header,
  type Logger,
  nowMs,
  type Route,
} from '../../proto/index.ts'
import { merge } from './merge.ts'
import { Results, type Specialised, specialise } from './parameters.ts'
import type { Plan, Step } from './plan.ts'

/** What a walk found besides the answer. */
interface Walk {
  readonly steps: readonly Step[]
  readonly sent: DataRequest
  readonly call: Call
  readonly logger: Logger
  readonly specialised: Specialised
  readonly results: Results
  readonly routes: (Route | undefined)[]
  /** Answers whose documents have gone on in parts: the nodes after have had them. */
  readonly inParts: WeakSet<DataRequest>
  /** What a later executor answered to a part on which it failed. */
  failedOnward?: DataRequest
}

/** The documents of the answer, one route a node, and what executors returned as objects. */
export interface Outcome {
  readonly answer: DataRequest
  readonly routes: Route[]
  readonly results: Results
}

/**
 * Walks one plan for one request. Each node starts when all it needs has answered; an answer whose executor failed
 * passes through the rest unsent. Rejects when a node could not be reached.
 */
export async function run(plan: Plan, request: DataRequest, call: Call, logger: Logger): Promise<Outcome> {
  const header: Header = { ...request.header, targetExecutor: '' }
  const walk: Walk = {
    steps: plan.steps,
    sent: request.with({ header }),
    call,
    logger,
    specialised: specialise(request),
    results: new Results(),
    routes: [],
    inParts: new WeakSet(),
  }
  const answer = plan.chain ? await runChain(walk) : await runGraph(plan, walk)
  const routes = plan.chain ? (walk.routes as Route[]) : plan.order.flatMap((position) => walk.routes[position] ?? [])
  return { answer, routes, results: walk.results }
}

async function runChain(walk: Walk): Promise<DataRequest> {
  let answer = walk.sent
  for (let position = 0; position < walk.steps.length && !answer.failed; position++) {
    answer = await runStep(position, answer, walk)
  }
  return answer
}

async function runGraph({ steps, exit }: Plan, walk: Walk): Promise<DataRequest> {
  const answers: Promise<DataRequest>[] = []
  steps.forEach((step, position) => {
    answers[position] = startStep(position, step.inputs, answers, walk)
    if (step.floating) finishAlone(answers[position], step, walk)
    else answers[position].catch(() => {}) // the exit rejects with it; another branch may never look
  })
  return answers[exit] ?? walk.sent
}

async function startStep(
  position: number,
  inputs: readonly number[],
  answers: readonly Promise<DataRequest>[],
  walk: Walk,
): Promise<DataRequest> {
  const parts = await Promise.all(inputs.map((input) => answers[input] as Promise<DataRequest>))
  const failed = parts.find((part) => part.failed)
  if (failed) return failed
  const input = parts.length > 1 ? merge(parts) : (parts[0] ?? walk.sent)
  return runStep(position, input, walk)
}

async function runStep(position: number, input: DataRequest, walk: Walk): Promise<DataRequest> {
  if (walk.inParts.has(input)) return input
  const { spec, runs } = walk.steps[position] as Step
  // a node that is given parts runs once for each
  const route: Route = walk.routes[position] ?? { executor: spec.name, startTime: nowMs() }
  walk.routes[position] = route
  if (!runs) return input
  const parameters = walk.specialised.forNode(spec.name)
  const sent = parameters ? input.with({ parameters }) : input
  const answer = await (walk.call.emit ? sendForParts(position, sent, walk) : spec.connection.send(sent, walk.call))
  route.endTime = nowMs()
  if (answer !== walk.failedOnward) route.status = answer.status
  walk.results.add(sent, answer)
  const finished = answer.withParametersOf(walk.sent)
  if (walk.inParts.has(answer)) walk.inParts.add(finished)
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
    if (given) walk.inParts.add(answer)
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
    answer = await runStep(position, answer, walk)
    if (!answer.failed) continue
    walk.failedOnward ??= answer
    throw new FlowError('CANCELLED', 'a later executor failed', { executor: walk.steps[position]?.spec.name })
  }
  if (!walk.inParts.has(answer) && answer.docs.length > 0) await walk.call.emit?.(answer)
}

function finishAlone(answer: Promise<DataRequest>, { spec }: Step, { logger, sent }: Walk): void {
  answer.catch((error) => {
    const { requestId } = sent.header
    logger.warn({ err: FlowError.from(error), executor: spec.name, requestId }, 'a floating executor was not reached')
  })
}
