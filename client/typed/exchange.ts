import { type CallContext, Code, FlowError, remainingMs } from '../../proto/index.ts'
import { wholeMs } from '../deadline.ts'
import { TIMEOUT_HEADER, textOf } from '../protocols/fetcher.ts'
import { withAttempts } from '../retry.ts'
import type { Connection } from './connection.ts'
import { retryOf, type ServiceCallOptions } from './options.ts'
import type { Outgoing } from './outgoing.ts'
import { refusalOf } from './refusal.ts'

/** One request of a call, and what is made of its answer. */
export interface Exchange<T> {
  readonly path: string
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly sent?: Outgoing
  readonly accept?: string
  /** It does no harm twice. */
  readonly idempotent: boolean
  read(response: Response, init: RequestInit): Promise<T>
}

/** A call that makes a request, and again where that may be done. */
export interface Asking extends ServiceCallOptions {
  readonly call: CallContext
  /** Hears what a try failed with. */
  failed?(error: FlowError): void
}

/** @throws {FlowError} what the service refused it with; UNAVAILABLE where it was not reached; why the call was cancelled */
export async function exchange<T>(
  { wire, settings }: Connection,
  { path, method, sent, accept, idempotent, read }: Exchange<T>,
  { call, failed, headers, timeoutMs, retry }: Asking,
): Promise<T> {
  const tellsTimeout = settings.tellsTimeout || timeoutMs !== undefined
  const attempt = async () => {
    let answered = false
    const init: RequestInit = {
      method,
      headers: {
        ...sent?.headers,
        ...(accept && { accept }),
        ...(tellsTimeout && { [TIMEOUT_HEADER]: String(wholeMs(remainingMs(call))) }),
        ...headers,
      },
      ...(await sent?.body()),
      signal: call.signal,
    }
    try {
      const response = await wire.request(path, init)
      if (!response.ok) throw refusalOf(response, await textOf(response, init, settings.maxMessageBytes))
      answered = true
      return await read(response, init)
    } catch (error) {
      const known = call.cancelled ?? FlowError.from(error)
      failed?.(known)
      throw answered && !idempotent ? unknownOutcome(known) : known
    }
  }
  return withAttempts(attempt, retryOf(retry) ?? settings.retry, {
    call,
    shouldRetry: (error) => mayRetry(error, idempotent) && sent?.replayable !== false,
  })
}

/** Statuses of who did not begin with it. */
const notBegun = [429, 503]

/** What may be asked again: what was not begun, and, where it does no harm twice, what broke off. */
function mayRetry({ code, details: { httpStatus, cause } }: FlowError, idempotent: boolean): boolean {
  if (httpStatus !== undefined) return notBegun.includes(httpStatus) || (idempotent && httpStatus === 502)
  return code === Code.UNAVAILABLE && (idempotent || wasRefused(cause))
}

/** Nobody took the connection, so nobody has heard of the request. */
function wasRefused(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown }
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || (cause !== undefined && wasRefused(cause))
}

function unknownOutcome(error: FlowError): FlowError {
  if (error.code !== Code.UNAVAILABLE) return error
  return new FlowError('ABORTED', `${error.reason}; whether it took effect is unknown`, { cause: error })
}
