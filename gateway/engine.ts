import { type DataRequest, type Handler, type Logger, nowMs, type Route, silent } from '../proto/index.ts'
import { createGraph } from './topology/graph.ts'
import { createPlanner } from './topology/plan.ts'
import { run } from './topology/run.ts'
import { GATEWAY, type NodeTarget } from './topology/spec.ts'

/**
 * A graph of nodes as one Handler: the only function that every protocol calls.
 *
 * The answer has the id and endpoint of the request, the exit's documents, the parameters as they were sent (with
 * `__results__`), and one route for the gateway and each node.
 * @throws {FlowError} INVALID_ARGUMENT for nodes that make no graph
 */
export function createEngine(nodes: readonly NodeTarget[], logger: Logger = silent): Handler {
  const planner = createPlanner(createGraph(nodes))

  return async (request, call) => {
    const startTime = nowMs()
    const { execEndpoint = '', targetExecutor = '' } = request.header
    const plan = planner(execEndpoint, targetExecutor)
    const gateways = [...gatewaysOf(request), { executor: GATEWAY, startTime }]
    const { answer, routes, results } = await run(plan, request.with({ routes: gateways }), call, logger)
    return finish(request, answer, [...ended(answer, gateways), ...routes], results.addTo(request))
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
  const finished = answer.with({ header, routes })
  return parameters ? finished.with({ parameters }) : finished
}
