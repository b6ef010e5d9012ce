import { CallContext, type DataRequest, FlowError, maxTimerMs, orCancelled } from '../proto/index.ts'

export interface DeadlineOptions {
  /** Unit: ms. */
  timeoutMs: number
  /** Ends the call before that. */
  signal?: AbortSignal | undefined
  emit?: ((part: DataRequest) => Promise<void>) | undefined
}

/** A call, and how its maker says that it has ended: no timer and no listener is left behind. */
export interface OpenCall {
  readonly call: CallContext
  /** Lets it go on for as long as it takes. */
  stopClock(): void
  end(): void
}

/** A call that is cancelled with `expired()` when its time has passed, by this process's clock. */
export function openCall({ timeoutMs, signal, emit }: DeadlineOptions, expired: () => FlowError): OpenCall {
  const deadline = performance.now() + timeoutMs
  const call: CallContext = new CallContext({
    deadline,
    parent: signal,
    emit: emit && ((part) => orCancelled(call, emit(part))),
  })
  const timer = setTimeout(() => call.cancel(expired()), Math.min(timeoutMs, maxTimerMs))
  const stopClock = () => clearTimeout(timer)
  const end = () => {
    stopClock()
    call.release()
  }
  return { call, stopClock, end }
}

/** @throws {FlowError} INVALID_ARGUMENT for what is no time to wait */
export function checkTimeout(timeoutMs: number): void {
  if (timeoutMs > 0) return
  throw new FlowError('INVALID_ARGUMENT', `timeoutMs is above 0, not ${timeoutMs}`, { hint: 'Unit: ms' })
}

/** A time as requests carry it: whole, and no longer than 32 bits can say. Unit: ms. */
export function wholeMs(timeoutMs: number): number {
  return Math.min(Math.max(Math.ceil(timeoutMs), 1), 2 ** 32 - 1)
}
