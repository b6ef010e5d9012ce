import { FlowError } from '../../proto/index.ts'

/** The header (gRPC: metadata) that says how long each request may take. Unit: ms. */
export const TIMEOUT_HEADER = 'sluice-timeout-ms'

/**
 * What {@link TIMEOUT_HEADER} says; undefined where it is not there.
 * @throws {FlowError} INVALID_ARGUMENT for what is no time
 */
export function timeoutOf(value: unknown): number | undefined {
  if (value === undefined) return undefined
  const ms = Number(value)
  if (ms > 0 && Number.isFinite(ms)) return ms
  throw new FlowError('INVALID_ARGUMENT', `${TIMEOUT_HEADER} is no number of milliseconds: ${JSON.stringify(value)}`, {
    hint: 'Write it like 1500',
  })
}
