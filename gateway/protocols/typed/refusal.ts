import { Code, type DataRequest, FlowError, type Issue } from '../../../proto/index.ts'
import { HttpError } from '../http-error.ts'
import { httpStatus } from './status.ts'

/** How a typed call ends that has no result. */
export interface Refusal {
  readonly status: number
  readonly body: {
    readonly error: string
    readonly detail?: readonly Issue[]
    /** Where the reason stands in the log alone. */
    readonly request_id?: string
  }
  readonly headers: Readonly<Record<string, string>>
}

const MASKED = 'An unexpected error has occurred, please check the server log.'

/** What an executor failed with: only what is the caller's own fault is told. */
export function refusalOfAnswer({ header: { status, response } }: DataRequest, id: string): Refusal {
  const { name = '', args = [] } = status?.exception ?? {}
  const code = Object.hasOwn(Code, name) ? (name as keyof typeof Code) : 'UNKNOWN'
  const issues = response?.issues ? (JSON.parse(response.issues) as Issue[]) : undefined
  const { status: httpStatus, retryAfterMs } = response ?? {}
  const error = new FlowError(code, args[0] ?? '', { issues, httpStatus, retryAfterMs })
  return masked(refusalOfError(error), id)
}

/** Why there is no answer at all. */
export function refusalOf(error: unknown, timeoutMs: number, id: string): Refusal {
  if (error instanceof HttpError) {
    return { status: error.status, body: { error: error.message }, headers: error.headers }
  }
  const known = FlowError.from(error, 'INTERNAL')
  const refusal = refusalOfError(known)
  if (known.codeName === 'DEADLINE_EXCEEDED') {
    return { ...refusal, body: { error: `Not able to process the request in ${timeoutMs / 1000} seconds` } }
  }
  if (known.codeName === 'RESOURCE_EXHAUSTED') return { ...refusal, body: { error: 'Too many requests' } }
  return known.codeName === 'UNAVAILABLE' ? refusal : masked(refusal, id)
}

function refusalOfError(error: FlowError): Refusal {
  const { issues, retryAfterMs } = error.details
  return {
    status: httpStatus(error),
    body: { error: error.reason, ...(issues && { detail: issues }) },
    headers: retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) },
  }
}

function masked(refusal: Refusal, id: string): Refusal {
  const { status } = refusal
  if (status === 401 || status === 403) return { ...refusal, body: { error: 'Authorization error' } }
  return status < 500 ? refusal : { ...refusal, body: { error: MASKED, request_id: id } }
}
