import { createExecutor, createGrpc, createRunner, endpointsOf, type Listener } from '../../../executors/index.ts'
import { Upper } from './executors.ts'

/** Serves the executor of CONTRACT.md by gRPC. */
export async function serveUpper(port = 0): Promise<Listener> {
  const executor = await createExecutor(Upper, { name: 'upper' })
  const handler = createRunner(executor, { exposeStacks: true })
  return createGrpc().listen(`grpc://127.0.0.1:${port}`, { name: 'upper', handler, endpoints: endpointsOf(executor) })
}
