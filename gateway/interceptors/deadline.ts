import {
  type Call,
  CallContext,
  type DataRequest,
  FlowError,
  type Interceptor,
  type Logger,
  maxTimerMs,
  orCancelled,
  silent,
  whenCancelled,
} from '../../proto/index.ts'

export interface DeadlineOptions {
  /** What a request without a deadline gets. Unit: milliseconds. */
  timeoutMs: number
  /** What requests to some endpoints get at most, whatever they ask for. Unit: milliseconds. */
  endpointTimeoutMs?: ((endpoint: string) => number | undefined) | undefined
  /** Is told of errors that came when nobody waited any more. */
  logger?: Logger
}

/**
 * Every request ends at its deadline, whatever runs behind it: the caller gets DEADLINE_EXCEEDED, the executor's signal
 * aborts with the same error. A caller that leaves ends it the same way.
 */
export function deadline({ timeoutMs, endpointTimeoutMs, logger = silent }: DeadlineOptions): Interceptor {
  return (next) => (request, call) => {
    const mostMs = endpointTimeoutMs?.(request.header.execEndpoint ?? '')
    const deadline = deadlineOf(request, call, timeoutMs, mostMs)
    const { metadata, caller, emit } = call
    // a caller who does not read its parts does not keep the executor beyond the deadline
    const emitInTime =
      emit &&
      ((part: DataRequest): Promise<void> =>
        inner.cancelled ? Promise.reject(inner.cancelled) : orCancelled(inner, emit(part)))
    const inner = new CallContext({ deadline, metadata, caller, emit: emitInTime, parent: call })
    const leftMs = deadline - performance.now()
    if (leftMs <= 0) return Promise.reject(exceeded(request, leftMs))

    return new Promise<DataRequest>((resolve, reject) => {
      let ended = false
      const timer = setTimeout(() => inner.cancel(exceeded(request, 0)), Math.min(leftMs, maxTimerMs))
      const end = () => {
        ended = true
        clearTimeout(timer)
        inner.release()
      }
      // what runs behind may never end: nothing of this call may wait for it
      whenCancelled(inner, (reason) => {
        end()
        reject(reason)
      })
      next(request, inner).then(
        (answer) => {
          if (ended) return
          end()
          resolve(answer)
        },
        (error) => {
          if (ended) return tellLate(error, request, logger)
          end()
          reject(error)
        },
      )
    })
  }
}

// the earliest of what the call, the request and the endpoint say
function deadlineOf({ header }: DataRequest, call: Call, timeoutMs: number, mostMs: number | undefined): number {
  const asked = header.timeoutMs
    ? Math.min(call.deadline ?? Number.POSITIVE_INFINITY, performance.now() + header.timeoutMs)
    : (call.deadline ?? performance.now() + timeoutMs)
  return mostMs === undefined ? asked : Math.min(asked, performance.now() + mostMs)
}

function exceeded({ header }: DataRequest, leftMs: number): FlowError {
  const when =
    leftMs < 0 ? `had passed ${Math.round(-leftMs)} ms before the request came` : 'passed before the answer came'
  return new FlowError('DEADLINE_EXCEEDED', `the deadline ${when}`, {
    endpoint: header.execEndpoint,
    requestId: header.requestId,
    hint: 'Give it more with timeoutMs',
  })
}

// an executor that stops because it was told to is no news
function tellLate(error: unknown, { header }: DataRequest, logger: Logger): void {
  const err = FlowError.from(error)
  if (err.codeName === 'CANCELLED' || err.codeName === 'DEADLINE_EXCEEDED') return
  const { requestId, execEndpoint: endpoint } = header
  logger.warn({ err, requestId, endpoint }, 'an error came after the request had ended')
}
