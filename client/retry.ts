import pRetry from 'p-retry'
import {
  type Call,
  CallContext,
  type DataRequest,
  errorOfStatus,
  FlowError,
  type Handler,
  isRetryable,
  orCancelled,
  remainingMs,
} from '../proto/index.ts'
import { wholeMs } from './deadline.ts'

/** How a request that found nobody or no room is sent again. */
export interface RetryOptions {
  /** Tries altogether, the first included. Range: 1 and up. @default 1 */
  maxAttempts?: number
  /** Wait before the second try, with jitter. Unit: ms. @default 500 */
  initialBackoffMs?: number
  /** Longest wait. Unit: ms. @default 2000 */
  maxBackoffMs?: number
  /** Each wait is that many times the one before. @default 1.5 */
  backoffMultiplier?: number
}

/** What of a failed try decides about another one. */
export interface Retrying {
  /** Ends it all, waits included. */
  readonly call: Call
  shouldRetry(error: FlowError): boolean
}

/**
 * Tries again what failed, after a wait that grows, with jitter; what the failure says of when to come again is waited for as well. A
 * wait beyond the call's deadline is not begun.
 * @throws what the last try threw, or why the call was cancelled
 */
export function withAttempts<T>(
  attempt: (number: number) => Promise<T>,
  { maxAttempts = 1, initialBackoffMs = 500, maxBackoffMs = 2000, backoffMultiplier = 1.5 }: RetryOptions,
  { call, shouldRetry }: Retrying,
): Promise<T> {
  if (maxAttempts <= 1) return attempt(1)
  return pRetry(attempt, {
    retries: maxAttempts - 1,
    factor: backoffMultiplier,
    minTimeout: initialBackoffMs,
    maxTimeout: maxBackoffMs,
    randomize: true,
    signal: call.signal,
    async shouldRetry({ error }) {
      if (!FlowError.is(error) || call.signal.aborted || !shouldRetry(error)) return false
      const { retryAfterMs = 0 } = error.details
      if (retryAfterMs > remainingMs(call)) return false
      if (retryAfterMs > 0) await orCancelled(call, new Promise((resolve) => setTimeout(resolve, retryAfterMs)))
      return true
    },
  })
}

/** Sends again what was refused with a retryable code, never beyond the call's deadline, and never after a part of the answer came. */
export function withRetry(send: Handler, options: RetryOptions): Handler {
  if ((options.maxAttempts ?? 1) <= 1) return send
  return async (request, outer) => {
    const { call, delivered, release } = watchParts(outer)
    let answer: DataRequest | undefined
    const attempt = async (number: number) => {
      answer = undefined
      answer = await send(number > 1 ? withTimeLeft(request, call) : request, call)
      const refused = answer.status && errorOfStatus(answer.status)
      if (refused?.retryable) throw refused
      return answer
    }
    try {
      const shouldRetry = ({ code }: FlowError) => isRetryable(code) && !delivered()
      return await withAttempts(attempt, options, { call, shouldRetry })
    } catch (error) {
      // the last refusal was an answer: hand it on as one
      if (answer) return answer
      throw error
    } finally {
      release()
    }
  }
}

// what is told to the gateway was told when the first try began
function withTimeLeft(request: DataRequest, call: Call): DataRequest {
  if (request.header.timeoutMs === undefined) return request
  return request.with({ header: { ...request.header, timeoutMs: wholeMs(remainingMs(call)) } })
}

function watchParts(parent: Call): { call: Call; delivered: () => boolean; release: () => void } {
  const { deadline, metadata, caller, emit } = parent
  if (!emit) return { call: parent, delivered: () => false, release: () => {} }
  let delivered = false
  const watched = (part: DataRequest) => {
    delivered = true
    return emit(part)
  }
  const call = new CallContext({ deadline, metadata, caller, emit: watched, parent })
  return { call, delivered: () => delivered, release: () => call.release() }
}
