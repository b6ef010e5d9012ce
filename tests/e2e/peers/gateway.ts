import {
  apisOf,
  createExecutor,
  createInproc,
  createRunner,
  type ExecutorClass,
  endpointsOf,
} from '../../../executors/index.ts'
import { Gateway, type GatewayOptions, type GatewayParts, type ProtocolName } from '../../../gateway/index.ts'
import { silent } from '../../../proto/index.ts'

/** A gateway before one executor of this process, without a client of ours. */
export interface Served {
  readonly gateway: Gateway
  /** The port of the first protocol. */
  readonly port: number
  /** Finishes what runs, then stops. */
  close(): Promise<void>
}

/** @param more - what the gateway is made of beside its options and the executor */
export async function startGateway(
  options: GatewayOptions,
  uses: ExecutorClass,
  more: Omit<GatewayParts, 'nodes'> = {},
): Promise<Served> {
  const executor = await createExecutor(uses, { name: 'executor0', logger: silent })
  const transport = createInproc()
  const handler = createRunner(executor)
  const listener = await transport.listen('inproc://executor0', {
    handler,
    endpoints: endpointsOf(executor),
    apis: apisOf(executor),
  })
  const connection = await transport.dial('inproc://executor0')
  const nodes = [{ name: 'executor0', connection }]
  const gateway = new Gateway({ host: '127.0.0.1', ...options }, { ...more, nodes })
  await gateway.start()
  const first = [options.protocol ?? 'grpc'].flat()[0] as ProtocolName
  return {
    gateway,
    port: gateway.ports[first] as number,
    async close() {
      await gateway.drain()
      await gateway.close()
      await connection.close()
      await listener.close()
    },
  }
}
