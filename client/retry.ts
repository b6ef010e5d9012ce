import pRetry from 'p-retry'
import {
  Code,
  type CodeName,
  type DataRequest,
  FlowError,
  type Handler,
  isRetryable,
  type Status,
} from '../proto/index.ts'

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

/** Sends again what was refused with a retryable code, never beyond the call's deadline. */
export function withRetry(
  send: Handler,
  { maxAttempts = 1, initialBackoffMs = 500, maxBackoffMs = 2000, backoffMultiplier = 1.5 }: RetryOptions,
): Handler {
  if (maxAttempts <= 1) return send
  return async (request, call) => {
    let answer: DataRequest | undefined
    const attempt = async () => {
      answer = undefined
      answer = await send(request, call)
      const refused = answer.status && refusalOf(answer.status)
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
        shouldRetry: ({ error }) => FlowError.is(error) && isRetryable(error.code),
      })
    } catch (error) {
      // the last refusal was an answer: hand it on as one
      if (answer) return answer
      throw error
    }
  }
}

/** The error that an answer's status stands for. What is no code of ours was thrown by an executor: UNKNOWN. */
export function refusalOf({ description, exception }: Status): FlowError {
  const name = exception?.name ?? ''
  const code = Object.hasOwn(Code, name) ? (name as CodeName) : 'UNKNOWN'
  return new FlowError(code, description || name, { executor: exception?.executor || undefined })
}
