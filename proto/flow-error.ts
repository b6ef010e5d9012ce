import { Code, type CodeName, codeName, isRetryable } from './code.ts'

/** Where it happened and what to do; every field is optional and each is shown to the caller. */
export interface FlowErrorDetails {
  /** Name of the deployment whose executor failed or could not be reached. */
  executor?: string | undefined
  /** The endpoint that was asked for. */
  endpoint?: string | undefined
  /** The client's id of the request. */
  requestId?: string | undefined
  /** What the reader of the message can do about it: one sentence. */
  hint?: string | undefined
  /** After how many milliseconds a retry makes sense (HTTP's Retry-After). */
  retryAfterMs?: number | undefined
  /** Arguments of a typed call that were refused, one entry each. */
  issues?: readonly Issue[] | undefined
  /** HTTP status of a typed call that fails with it, where its code stands for another one. Range: 400–599. */
  httpStatus?: number | undefined
  /** What caused it; never sent over a wire. */
  cause?: unknown
}

/** Why a value was refused: what kind of mistake, where it stands, and a sentence for people. pydantic's shape. */
export interface Issue {
  readonly type: string
  readonly loc: readonly (string | number)[]
  readonly msg: string
}

const BRAND = Symbol.for('sluice.FlowError')

/**
 * The one error class. A transport, a deadline or a refusal rejects with it; an executor that throws does not
 * (its error travels in the status of the DataRequest).
 *
 * The message reads `[invalid_argument] what happened (where). What to do.`; {@link reason} is the bare sentence.
 */
export class FlowError extends Error {
  override readonly name = 'FlowError'
  readonly code: Code
  /** The message without code, place and hint. */
  readonly reason: string
  readonly details: Readonly<FlowErrorDetails>

  constructor(code: Code | CodeName, reason: string, details: FlowErrorDetails = {}) {
    const number = typeof code === 'string' ? Code[code] : code
    super(format(number, reason, details), details.cause === undefined ? undefined : { cause: details.cause })
    this.code = number
    this.reason = reason
    this.details = details
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** The code's name, such as `"UNAVAILABLE"`. */
  get codeName(): CodeName {
    return codeName(this.code)
  }

  /** True where the same request may be sent again. */
  get retryable(): boolean {
    return isRetryable(this.code)
  }

  /** The same error with more details; those it already has win. */
  with(details: FlowErrorDetails): FlowError {
    const error = new FlowError(this.code, this.reason, { ...details, ...defined(this.details) })
    if (this.stack) error.stack = this.stack
    return error
  }

  /** True for a FlowError, also one of another copy of this package. */
  static is(error: unknown): error is FlowError {
    return typeof error === 'object' && error !== null && BRAND in error
  }

  /** Normalises whatever was thrown. What is not a FlowError becomes `code` (UNKNOWN unless said) with the cause kept. */
  static from(error: unknown, code: Code | CodeName = 'UNKNOWN', details: FlowErrorDetails = {}): FlowError {
    if (FlowError.is(error)) return Object.keys(details).length > 0 ? error.with(details) : error
    if (isAbort(error)) return new FlowError('CANCELLED', messageOf(error), { cause: error, ...details })
    return new FlowError(code, messageOf(error), { cause: error, ...details })
  }
}

/** The text of anything that can be thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return String(error.message || error.name)
  if (typeof error === 'string') return error
  if (typeof error !== 'object') return String(error)
  try {
    return JSON.stringify(error)
  } catch {
    return 'something that cannot be shown'
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

function format(code: Code, reason: string, { executor, endpoint, requestId, hint }: FlowErrorDetails): string {
  const place = [
    executor !== undefined && `executor "${executor}"`,
    endpoint !== undefined && `endpoint "${endpoint}"`,
    requestId && `request ${requestId}`,
  ].filter(Boolean)
  const where = place.length > 0 ? ` (${place.join(', ')})` : ''
  return `[${codeName(code).toLowerCase()}] ${reason}${where}${hint ? `. ${hint}` : ''}`
}

function defined(details: FlowErrorDetails): FlowErrorDetails {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined))
}
