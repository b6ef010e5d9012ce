import { FlowError } from '../../proto/index.ts'
import { openCall } from '../deadline.ts'
import { textOf } from '../protocols/fetcher.ts'
import { withAttempts } from '../retry.ts'
import { refusalOf } from './refusal.ts'
import type { Wire } from './wire.ts'

/** How long one probe may take. Unit: ms. BentoML takes connections before it answers any. */
const probeMs = 5_000

/** Asks whether a service takes requests. @throws {FlowError} why it does not */
export async function probe(wire: Wire, signal?: AbortSignal): Promise<void> {
  const late = () => new FlowError('DEADLINE_EXCEEDED', `no answer within ${probeMs} ms`)
  const { call, end } = openCall({ timeoutMs: probeMs, signal }, late)
  try {
    const init = { signal: call.signal }
    const response = await wire.request('/readyz', init)
    const text = await textOf(response, init, 100_000)
    if (!response.ok) throw refusalOf(response, text.trim())
  } finally {
    end()
  }
}

/** Who may not ask will not be allowed to a second later. */
const hopeless = ['UNAUTHENTICATED', 'PERMISSION_DENIED']

/**
 * Waits until a service is ready: asks again after 50 ms, then after longer and longer, up to a second.
 * @throws {FlowError} DEADLINE_EXCEEDED with the last reason; UNAUTHENTICATED and PERMISSION_DENIED at once
 */
export async function untilReady(wire: Wire, base: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
  let last: FlowError | undefined
  const expired = () => {
    const why = last ? `: ${last.reason}` : ''
    return new FlowError('DEADLINE_EXCEEDED', `${base} is not ready after ${timeoutMs} ms${why}`, {
      cause: last,
      hint: last?.details.hint ?? 'Give it more with serverReadyTimeoutMs',
    })
  }
  const { call, end } = openCall({ timeoutMs, signal }, expired)
  const attempt = async () => {
    try {
      await probe(wire, call.signal)
    } catch (error) {
      const known = FlowError.from(error)
      // one that was cut off says less than the one before it
      if (!call.cancelled) last = known
      throw call.cancelled ?? known
    }
  }
  const backoff = {
    maxAttempts: Number.POSITIVE_INFINITY,
    initialBackoffMs: 50,
    maxBackoffMs: 1000,
    backoffMultiplier: 2,
  }
  try {
    await withAttempts(attempt, backoff, { call, shouldRetry: ({ codeName }) => !hopeless.includes(codeName) })
  } finally {
    end()
  }
}
