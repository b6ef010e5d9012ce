import { type DataRequest, type Handler, type Logger, nowMs, silent } from '../proto/index.ts'
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
    const { answer, routes, results } = await run(plan, request, call, logger)
    const gateway = { executor: GATEWAY, startTime, endTime: nowMs() }
    return finish(request, answer, [gateway, ...routes], results.addTo(request))
  }
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
