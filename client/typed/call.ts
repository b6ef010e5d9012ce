import { type CallContext, FlowError, maxTimerMs, orCancelled } from '../../proto/index.ts'
import type { OpenCall } from '../deadline.ts'
import { checkArguments } from './check.ts'
import type { Connection } from './connection.ts'
import type { Endpoint } from './endpoint.ts'
import { type Exchange, exchange } from './exchange.ts'
import { FileResult } from './file-result.ts'
import { itemsOf, NDJSON } from './items.ts'
import type { ServiceCallOptions } from './options.ts'
import { type Outgoing, outgoing } from './outgoing.ts'
import { resultOf } from './result.ts'

/** Calls an endpoint and gives back its result; of one that streams, its items, which are asked for when they are read. */
export async function callEndpoint(
  connection: Connection,
  name: string,
  given: unknown,
  options: ServiceCallOptions,
): Promise<unknown> {
  const { stream } = await connection.during(options, () => connection.endpoint(name))
  if (stream) return streamEndpoint(connection, name, given, options)
  return ask(connection, name, options, async (endpoint, open) => ({
    path: endpoint.route,
    method: 'POST',
    sent: await prepared(connection, endpoint, given, open.call),
    idempotent: endpoint.idempotent,
    read: resultReader(connection, endpoint, open),
  }))
}

/** The items of a streaming endpoint, as they come. Who leaves the loop ends the stream, and what runs for it. */
export async function* streamEndpoint(
  connection: Connection,
  name: string,
  given: unknown,
  options: ServiceCallOptions,
): AsyncGenerator<unknown, void, undefined> {
  const { maxMessageBytes } = connection.settings
  const timeoutMs = options.timeoutMs ?? maxTimerMs
  let open: OpenCall | undefined
  try {
    yield* await ask(connection, name, { ...options, timeoutMs }, async (endpoint, opened) => {
      open = opened
      if (!endpoint.stream) throw new FlowError('INVALID_ARGUMENT', `${name} does not stream`, { hint: 'Await it' })
      return {
        path: endpoint.route,
        method: 'POST',
        sent: await prepared(connection, endpoint, given, opened.call),
        accept: `${NDJSON}, */*;q=0.1`,
        idempotent: endpoint.idempotent,
        read: async (response, init) => itemsOf(endpoint, response, init, maxMessageBytes),
      }
    })
  } finally {
    open?.end()
  }
}

/** Makes a request about an endpoint within a call's time. A result that is still to be read keeps its call. */
export async function ask<T>(
  connection: Connection,
  name: string,
  options: ServiceCallOptions,
  prepare: (endpoint: Endpoint, open: OpenCall) => Promise<Exchange<T>>,
): Promise<T> {
  let last: FlowError | undefined
  const open = connection.open({ ...options, last: () => last })
  const { call } = open
  let kept = false
  try {
    const endpoint = await orCancelled(call, connection.endpoint(name))
    const asked = await orCancelled(call, prepare(endpoint, open))
    const result = await exchange(connection, asked, { ...options, call, failed: (error) => (last = error) })
    if (result instanceof FileResult) open.stopClock()
    kept = result instanceof FileResult || isItems(result)
    return result
  } finally {
    if (!kept) open.end()
  }
}

/** Arguments, checked and as they are sent. */
export function prepared(
  connection: Connection,
  endpoint: Endpoint,
  given: unknown,
  call: CallContext,
): Promise<Outgoing> {
  const args = given === undefined && !endpoint.root ? {} : given
  checkArguments(endpoint, args, connection.settings.checkTypes)
  return outgoing(endpoint, args, connection.source(call))
}

export function resultReader(connection: Connection, endpoint: Endpoint, { end }: OpenCall): Exchange<unknown>['read'] {
  const { maxMessageBytes } = connection.settings
  const origin = { files: () => connection.files(), folder: () => connection.folder(), maxMessageBytes, ended: end }
  return (response, init) => resultOf(endpoint, response, init, origin)
}

function isItems(result: unknown): boolean {
  return typeof result === 'object' && result !== null && Symbol.asyncIterator in result
}
