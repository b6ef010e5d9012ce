import {
  type Call,
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
  readonly sent: DataRequest
  readonly call: Call
  readonly logger: Logger
  readonly specialised: Specialised
  readonly results: Results
  readonly routes: (Route | undefined)[]
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
    sent: request.with({ header }),
    call,
    logger,
    specialised: specialise(request),
    results: new Results(),
    routes: [],
  }
  const answer = plan.chain ? await runChain(plan.steps, walk) : await runGraph(plan, walk)
  const routes = plan.chain ? (walk.routes as Route[]) : plan.order.flatMap((position) => walk.routes[position] ?? [])
  return { answer, routes, results: walk.results }
}

async function runChain(steps: readonly Step[], walk: Walk): Promise<DataRequest> {
  let answer = walk.sent
  for (let position = 0; position < steps.length && !answer.failed; position++) {
    answer = await runStep(steps[position] as Step, position, answer, walk)
  }
  return answer
}

async function runGraph({ steps, exit }: Plan, walk: Walk): Promise<DataRequest> {
  const answers: Promise<DataRequest>[] = []
  steps.forEach((step, position) => {
    answers[position] = startStep(step, position, answers, walk)
    if (step.floating) finishAlone(answers[position], step, walk)
    else answers[position].catch(() => {}) // the exit rejects with it; another branch may never look
  })
  return answers[exit] ?? walk.sent
}

async function startStep(
  step: Step,
  position: number,
  answers: readonly Promise<DataRequest>[],
  walk: Walk,
): Promise<DataRequest> {
  const parts = await Promise.all(step.inputs.map((input) => answers[input] as Promise<DataRequest>))
  const failed = parts.find((part) => part.failed)
  if (failed) return failed
  const input = parts.length > 1 ? merge(parts) : (parts[0] ?? walk.sent)
  return runStep(step, position, input, walk)
}

async function runStep({ spec, runs }: Step, position: number, input: DataRequest, walk: Walk): Promise<DataRequest> {
  const route: Route = { executor: spec.name, startTime: nowMs() }
  walk.routes[position] = route
  if (!runs) return input
  const parameters = walk.specialised.forNode(spec.name)
  const sent = parameters ? input.with({ parameters }) : input
  const answer = await spec.connection.send(sent, walk.call)
  route.endTime = nowMs()
  route.status = answer.status
  walk.results.add(sent, answer)
  return answer.withParametersOf(walk.sent)
}

function finishAlone(answer: Promise<DataRequest>, { spec }: Step, { logger, sent }: Walk): void {
  answer.catch((error) => {
    const { requestId } = sent.header
    logger.warn({ err: FlowError.from(error), executor: spec.name, requestId }, 'a floating executor was not reached')
  })
}
