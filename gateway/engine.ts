import {
  CallContext,
  type DataRequest,
  defaultTimeoutMs,
  type Handler,
  type Logger,
  nowMs,
  type Route,
  silent,
} from '../proto/index.ts'
import { deadline } from './interceptors/deadline.ts'
import { createGraph } from './topology/graph.ts'
import { createPlanner } from './topology/plan.ts'
import { run, type Surroundings } from './topology/run.ts'
import { GATEWAY, type NodeTarget } from './topology/spec.ts'

/** A Handler, and what it left running behind its answers. */
export interface Engine {
  readonly handler: Handler
  /** Resolves when the nodes that nobody waits for have ended. */
  idle(): Promise<void>
}

/**
 * A graph of nodes as one Handler: the only function that every protocol calls.
 *
 * The answer has the id and endpoint of the request, the exit's documents, the parameters as they were sent (with
 * `__results__`), and one route for the gateway and each node.
 * @throws {FlowError} INVALID_ARGUMENT for nodes that make no graph
 */
export function createEngine(nodes: readonly NodeTarget[], logger: Logger = silent): Engine {
  const planner = createPlanner(createGraph(nodes))
  const inTime = deadline({ timeoutMs: defaultTimeoutMs, logger })
  const aside = new Set<Promise<unknown>>()

  const around: Surroundings = {
    logger,
    aside(runAside, request, { deadline, metadata, caller }) {
      // the caller may leave when it has its answer, and what floats goes on
      const own = new CallContext({ deadline, metadata, caller })
      const work = inTime((sent, call) => runAside(call).then(() => sent))(request, own)
      aside.add(work)
      const end = () => aside.delete(work)
      work.then(end, end)
    },
  }

  const handler: Handler = async (request, call) => {
    const startTime = nowMs()
    const { execEndpoint = '', targetExecutor = '' } = request.header
    const plan = planner(execEndpoint, targetExecutor)
    const gateways = [...gatewaysOf(request), { executor: GATEWAY, startTime }]
    const { answer, routes, parameters } = await run(plan, request.with({ routes: gateways }), call, around)
    return finish(request, answer, [...ended(answer, gateways), ...routes], parameters)
  }
  return {
    handler,
    async idle() {
      while (aside.size > 0) await Promise.allSettled(aside)
    },
  }
}

// As in Jina, requests travel with the routes of the gateways that they are in: a flow may be a node of another, and have such nodes.
function gatewaysOf({ routes }: DataRequest): Route[] {
  return routes.length === 0 ? routes : routes.filter(({ executor }) => executor === GATEWAY)
}

function ended(answer: DataRequest, sent: readonly Route[]): Route[] {
  const endTime = nowMs()
  const travelled = gatewaysOf(answer)
  return (travelled.length < sent.length ? sent : travelled).map((route) => ({ ...route, endTime }))
}

function finish(
  request: DataRequest,
  answer: DataRequest,
  routes: DataRequest['routes'],
  parameters: DataRequest['parameters'] | undefined,
): DataRequest {
  const header = { ...request.header, targetExecutor: '', status: answer.status }
  return answer.with({ header, routes, parameters })
}
