import { FlowError, type FlowErrorDetails, type Issue, isObject, type JsonObject } from '../../proto/index.ts'
import { codeOfStatus } from '../protocols/http-status.ts'

const REQUEST_ID = 'x-bentoml-request-id'

/** An answer that is no result, with all that it tells: status, mistakes in the arguments, id, when to come again. */
export function refusalOf({ status, headers }: Pick<Response, 'status' | 'headers'>, text: string): FlowError {
  const { error, detail, request_id } = toldBy(text)
  const requestId = headers.get(REQUEST_ID) ?? (typeof request_id === 'string' ? request_id : undefined)
  const retryAfterMs = retryAfter(headers.get('retry-after'))
  return refusalWith(status, typeof error === 'string' ? error : text.slice(0, 500) || `HTTP ${status}`, {
    issues: Array.isArray(detail) ? (detail as unknown as Issue[]) : undefined,
    requestId,
    retryAfterMs,
  })
}

/** An error that came inside a stream, if a line is one. */
export function refusalIn(line: string, requestId: string | undefined): FlowError | undefined {
  const { error, detail, request_id = requestId, status } = toldBy(line)
  if (typeof error !== 'string' || typeof status !== 'number') return undefined
  return refusalWith(status, error, {
    issues: Array.isArray(detail) ? (detail as unknown as Issue[]) : undefined,
    requestId: typeof request_id === 'string' ? request_id : undefined,
  })
}

/** The id under which a service's log has a request. */
export function requestIdOf({ headers }: Response): string | undefined {
  return headers.get(REQUEST_ID) ?? undefined
}

function refusalWith(httpStatus: number, reason: string, details: FlowErrorDetails): FlowError {
  const code = codeOfStatus(httpStatus) ?? (httpStatus < 500 ? 'FAILED_PRECONDITION' : 'INTERNAL')
  return new FlowError(code, reason, { ...details, httpStatus })
}

/** BentoML wraps what its services raise in a list. */
function toldBy(text: string): JsonObject {
  try {
    const json: unknown = JSON.parse(text)
    const told: unknown = Array.isArray(json) ? json[0] : json
    return isObject(told) ? (told as JsonObject) : {}
  } catch {
    return {}
  }
}

/** Seconds, or a date. @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0)
}
