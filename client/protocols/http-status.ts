import { type CodeName, FlowError } from '../../proto/index.ts'

const codes: Record<number, CodeName> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  408: 'DEADLINE_EXCEEDED',
  413: 'RESOURCE_EXHAUSTED',
  415: 'INVALID_ARGUMENT',
  422: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  501: 'UNIMPLEMENTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

/** What an HTTP status without an answer of ours means. */
export function refusal(status: number, text: string): FlowError {
  return new FlowError(codeOfStatus(status) ?? 'UNKNOWN', `HTTP ${status}: ${text.slice(0, 500)}`)
}

/** The code of a status that is an error's; undefined for one that says nothing more exact. */
export function codeOfStatus(status: number): CodeName | undefined {
  return codes[status]
}
