import { Code, type FlowError } from '../../../proto/index.ts'

const codes: Partial<Record<Code, number>> = {
  [Code.INVALID_ARGUMENT]: 1007,
  [Code.UNIMPLEMENTED]: 1003,
  [Code.RESOURCE_EXHAUSTED]: 1013,
  [Code.UNAVAILABLE]: 1001,
}

/** The longest that a close frame has room for. Unit: bytes of UTF-8. @see RFC 6455, 5.5 */
const maxReasonBytes = 123

/** How a connection is closed for an error: the code, and as much of the message as there is room for. */
export function closeOf(error: FlowError): { code: number; reason: string } {
  return { code: codes[error.code] ?? 1011, reason: shortened(error.message) }
}

function shortened(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= maxReasonBytes) return text
  // a character that was cut through decodes to U+FFFD
  const kept = bytes.subarray(0, maxReasonBytes - 3).toString()
  return `${kept.replace(/\uFFFD+$/, '')}…`
}
