import pRetry from 'p-retry'
import {
  type Call,
  CallContext,
  type DataRequest,
  errorOfStatus,
  FlowError,
  type Handler,
  isRetryable,
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

/** Sends again what was refused with a retryable code, never beyond the call's deadline, and never after a part of the answer came. */
export function withRetry(
  send: Handler,
  { maxAttempts = 1, initialBackoffMs = 500, maxBackoffMs = 2000, backoffMultiplier = 1.5 }: RetryOptions,
): Handler {
  if (maxAttempts <= 1) return send
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
      return await pRetry(attempt, {
        retries: maxAttempts - 1,
        factor: backoffMultiplier,
        minTimeout: initialBackoffMs,
        maxTimeout: maxBackoffMs,
        randomize: true,
        signal: call.signal,
        shouldRetry: ({ error }) => FlowError.is(error) && isRetryable(error.code) && !delivered(),
      })
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
