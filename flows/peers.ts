import type { Connection, RedisTransport } from '../executors/index.ts'
import { FlowError, type Handler } from '../proto/index.ts'

/**
 * How executors reach one another: a request goes to the deployment that its `targetExecutor` names.
 * @param find - the connection to a deployment; undefined where there is none of that name
 */
export function createPeers(find: (name: string) => Connection | undefined | Promise<Connection | undefined>): Handler {
  return async (request, call) => {
    const { targetExecutor: name = '', ...header } = request.header
    const connection = await find(name)
    if (connection) return connection.send(request.with({ header }), call)
    throw new FlowError('NOT_FOUND', `there is no deployment "${name}"`, {
      hint: "Say its name: context.use(Class, 'name')",
    })
  }
}

/** Deployments behind Redis, each dialled when it is first asked for. */
export function peersOfRedis(redis: RedisTransport): Handler {
  const dialled = new Map<string, Promise<Connection>>()
  return createPeers((name) => {
    const connection = dialled.get(name) ?? redis.dial(name)
    dialled.set(name, connection)
    return connection
  })
}
