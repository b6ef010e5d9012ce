import {
  CallContext,
  type DataRequest,
  FlowError,
  type Interceptor,
  maxTimerMs,
  whenCancelled,
} from '../../proto/index.ts'

export interface DeadlineOptions {
  /** What a call without a deadline gets. Unit: milliseconds. */
  timeoutMs: number
}

/**
 * Every request ends at its deadline, whatever runs behind it: the caller gets DEADLINE_EXCEEDED, the executor's signal
 * aborts with the same error. A caller that leaves ends it the same way.
 */
export function deadline({ timeoutMs }: DeadlineOptions): Interceptor {
  return (next) => (request, call) => {
    const deadline = call.deadline ?? performance.now() + timeoutMs
    const inner = new CallContext({
      deadline,
      metadata: call.metadata,
      caller: call.caller,
      emit: call.emit,
      parent: call,
    })
    const leftMs = deadline - performance.now()
    if (leftMs <= 0) return Promise.reject(exceeded(request, leftMs))

    return new Promise<DataRequest>((resolve, reject) => {
      const timer = setTimeout(() => inner.cancel(exceeded(request, 0)), Math.min(leftMs, maxTimerMs))
      const end = () => {
        clearTimeout(timer)
        inner.release()
      }
      // what runs behind may never end: nothing of this call may wait for it
      whenCancelled(inner, (reason) => {
        end()
        reject(reason)
      })
      next(request, inner).then(resolve, reject).then(end)
    })
  }
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
