import type { Platform } from '../platform/platform.ts'
import { callEndpoint, streamEndpoint } from './call.ts'
import { Connection } from './connection.ts'
import { type ConnectOptions, type ServiceCallOptions, settingsOf } from './options.ts'
import { Tasks } from './task.ts'
import type { Called, Service, ServiceMembers } from './types.ts'

/** Reaches a service at an address. @see Connect */
export function connectWith<C>(
  platform: Platform,
  url: string | URL,
  options: ConnectOptions = {},
): Service<C> & PromiseLike<Service<C>> {
  const connection = new Connection(settingsOf(url, options), platform)
  const members = membersOf(connection)
  const service = withMethods(members, connection)
  const ready = () => connection.described().then(() => service)
  // awaiting it is waiting for it; what comes of that can be awaited no more
  const connecting = {
    ...members,
    // biome-ignore lint/suspicious/noThenProperty: see above
    then: (...handlers: Parameters<Promise<unknown>['then']>) => ready().then(...handlers),
  }
  return withMethods(connecting, connection) as unknown as Service<C> & PromiseLike<Service<C>>
}

function membersOf(connection: Connection): ServiceMembers {
  return {
    call: (name, args, options) => called(connection, name, args, options),
    isReady: ({ signal } = {}) => connection.isReady(signal),
    describe: () => connection.during({}, () => connection.described()),
    fetch: (path, init) => connection.fetch(path, init),
    close: () => connection.close(),
    [Symbol.asyncDispose]: () => connection.close(),
  }
}

/** Names that are no endpoint's, whatever the service serves. */
const reserved = new Set<string>([
  ...['call', 'isReady', 'describe', 'fetch', 'close', 'then', 'catch', 'finally'],
  ...Object.getOwnPropertyNames(Object.prototype),
])

/** The endpoint that a property stands for: `api_close` is the one that is called `close`. */
function endpointName(property: string): string {
  const clashing = property.startsWith('api_') ? property.slice(4) : ''
  return reserved.has(clashing) ? clashing : property
}

function withMethods<T extends object>(members: T, connection: Connection): T {
  const methods = new Map<string, unknown>()
  const methodOf = (property: string) => {
    const made = methods.get(property) ?? createMethod(connection, endpointName(property))
    methods.set(property, made)
    return made
  }
  return new Proxy(members, {
    get: (own, property) =>
      typeof property === 'symbol' || reserved.has(property) ? Reflect.get(own, property) : methodOf(property),
  })
}

/** The method of an endpoint, with those of its tasks. */
function createMethod(connection: Connection, name: string): unknown {
  const tasks = new Tasks(connection, name)
  const method = (args?: unknown, options?: ServiceCallOptions) => called(connection, name, args, options)
  return Object.assign(method, {
    submit: tasks.submit.bind(tasks),
    status: tasks.status.bind(tasks),
    get: tasks.get.bind(tasks),
    wait: tasks.wait.bind(tasks),
    cancel: tasks.cancel.bind(tasks),
    retry: tasks.retry.bind(tasks),
  })
}

/** A call begins when it is made; one that is iterated, when its first item is asked for. */
function called(connection: Connection, name: string, args: unknown, options: ServiceCallOptions = {}): Called {
  let iterated: AsyncGenerator<unknown, void, undefined> | undefined
  const result = callEndpoint(connection, name, args, options)
  const items = () => {
    // who iterates hears of a failure there
    result.catch(() => {})
    iterated ??= streamEndpoint(connection, name, args, options)
    return iterated
  }
  return Object.assign(result, {
    [Symbol.asyncIterator]: items,
    next: () => items().next(),
    return: () => items().return(),
    throw: (error: unknown) => items().throw(error),
  }) as Called
}
