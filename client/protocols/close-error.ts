import { Code, type CodeName, FlowError } from '../../proto/index.ts'

/** What a close code of RFC 6455, 7.4.1, or of its registry means to who waited for answers. */
const codes: Record<number, { code: CodeName; meaning: string; hint?: string }> = {
  1000: { code: 'UNAVAILABLE', meaning: 'ended the connection before it had answered' },
  1001: { code: 'UNAVAILABLE', meaning: 'is stopping' },
  1002: { code: 'INTERNAL', meaning: 'found a frame that is none' },
  1003: { code: 'INVALID_ARGUMENT', meaning: 'does not take that kind of message' },
  1005: { code: 'UNAVAILABLE', meaning: 'ended the connection without a word' },
  1006: { code: 'UNAVAILABLE', meaning: 'cannot be reached, or the connection broke off' },
  1007: { code: 'INVALID_ARGUMENT', meaning: 'found a message that is no request' },
  1008: { code: 'PERMISSION_DENIED', meaning: 'does not allow it' },
  1009: {
    code: 'RESOURCE_EXHAUSTED',
    meaning: 'found a message too large',
    hint: "Raise the gateway's maxMessageBytes, or lower requestSize",
  },
  // Jina: executors that cannot be reached
  1011: { code: 'UNAVAILABLE', meaning: 'could not answer' },
  1012: { code: 'UNAVAILABLE', meaning: 'is starting again' },
  1013: { code: 'RESOURCE_EXHAUSTED', meaning: 'is too busy' },
  1014: { code: 'UNAVAILABLE', meaning: 'could not reach what is behind it' },
  1015: { code: 'UNAVAILABLE', meaning: 'cannot be reached: no TLS connection came about' },
  3000: { code: 'UNAUTHENTICATED', meaning: 'wants to know who asks' },
  3003: { code: 'PERMISSION_DENIED', meaning: 'does not allow it' },
  3008: { code: 'DEADLINE_EXCEEDED', meaning: 'waited too long' },
}

/** Why a WebSocket was closed. A gateway of ours begins its reason with the code of its error, which is more exact than the number. */
export function closeError(url: string, number: number, reason: string): FlowError {
  const { code, meaning, hint } = codes[number] ?? { code: 'UNKNOWN' as const, meaning: 'closed the connection' }
  const told = /^\[(?<name>[a-z_]+)\] (?<text>.*)$/s.exec(reason)?.groups
  const name = told?.name?.toUpperCase() ?? ''
  const exact = Object.hasOwn(Code, name) ? (name as CodeName) : undefined
  const why = (exact && told?.text) || reason
  return new FlowError(exact ?? code, `${url} ${meaning} (close code ${number})${why ? `: ${why}` : ''}`, { hint })
}

/** A message that this client does not read. */
export function messageTooLarge(where: string, maxMessageBytes: number): FlowError {
  return new FlowError('RESOURCE_EXHAUSTED', `${where} sent a message of more than ${maxMessageBytes} bytes`, {
    hint: "Raise the client's maxMessageBytes, or lower requestSize",
  })
}
