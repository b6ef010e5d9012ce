import {
  type DataRequest,
  type DocumentArray,
  deepPlain,
  documentsText,
  type Header,
  type Issue,
  isObject,
  type JsonObject,
  JsonReader,
  parseExact,
  DataRequest as Request,
  type Status,
} from '../../proto/index.ts'

// Jina's JSON envelope, as HTTP and WebSocket read it: keys in camelCase or snake_case.

const DICT = { msg: 'value is not a valid dict', type: 'type_error.dict' }
const LIST = { msg: 'value is not a valid list', type: 'type_error.list' }
const STRING = { msg: 'str type expected', type: 'type_error.str' }

/** An envelope that is none, with pydantic's list of mistakes. */
export class EnvelopeError extends Error {
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    super(issues.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`).join('; '))
    this.issues = issues
  }
}

/**
 * The request that an envelope asks for. `endpoint` is the route's own; without one the envelope names it (`/` if it does not).
 * @param json - `text` parsed
 * @param more - what else of the header it says
 * @throws {EnvelopeError}
 */
export function readEnvelope(
  json: unknown,
  text: string,
  endpoint?: string,
  more?: (body: JsonObject, issues: Issue[]) => Partial<Header>,
): DataRequest {
  const first = read(json, endpoint, more)
  // only now is it known that the difference between 1 and 1.0 matters
  return first.wholeTensor && /\d[.eE]/.test(text) ? read(parseExact(text), endpoint, more).request : first.request
}

function read(
  body: unknown,
  endpoint: string | undefined,
  more?: (body: JsonObject, issues: Issue[]) => Partial<Header>,
): { request: DataRequest; wholeTensor: boolean } {
  if (!isObject(body)) throw new EnvelopeError([{ loc: ['body'], ...DICT }])
  const reader = new JsonReader()
  const docs = readData(body.data, reader)
  const targetExecutor = readString(body, 'targetExecutor', 'target_executor', reader.issues)
  const parameters = readParameters(body.parameters, reader.issues)
  const execEndpoint = endpoint ?? readString(body, 'execEndpoint', 'exec_endpoint', reader.issues) ?? '/'
  const header = { execEndpoint, targetExecutor, ...more?.(body as JsonObject, reader.issues) }
  if (reader.issues.length > 0) throw new EnvelopeError(reader.issues)
  return { request: new Request({ header, parameters, docs }), wholeTensor: reader.wholeTensor }
}

// A list of documents, or an object of lists of which only `docs` is read. Where it is neither, both readings are told what is wrong.
function readData(data: unknown, reader: JsonReader): DocumentArray | undefined {
  if (data === null || data === undefined) return undefined
  if (Array.isArray(data)) {
    const docs = reader.documents(data, ['body', 'data'])
    if (reader.issues.length > 0) reader.issues.push(...notADict(data))
    return docs
  }
  if (!isObject(data)) {
    reader.issues.push({ loc: ['body', 'data'], ...LIST }, { loc: ['body', 'data'], ...DICT })
    return undefined
  }
  const notLists = Object.keys(data).filter((key) => !Array.isArray(data[key]))
  if (notLists.length > 0) {
    reader.issues.push(
      { loc: ['body', 'data'], ...LIST },
      ...notLists.map((key) => ({ loc: ['body', 'data', key], ...LIST })),
    )
    return undefined
  }
  return reader.documents((data.docs as unknown[]) ?? [], ['body', 'data', 'docs'])
}

// Python makes a dict of a list whose items are pairs, and an object with two keys is one.
function notADict(list: readonly unknown[]): Issue[] {
  const pairs = list.map((item) =>
    isObject(item) ? Object.keys(item) : Array.isArray(item) ? item : typeof item === 'string' ? [...item] : [],
  )
  if (pairs.every((pair) => pair.length === 2))
    return pairs.map(([key]) => ({ loc: ['body', 'data', String(key)], ...LIST }))
  return [{ loc: ['body', 'data'], ...DICT }]
}

function readString(body: Record<string, unknown>, camel: string, snake: string, issues: Issue[]): string | undefined {
  const value = body[camel] ?? body[snake]
  if (value === null || value === undefined) return undefined
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  issues.push({ loc: ['body', camel], ...STRING })
  return undefined
}

function readParameters(value: unknown, issues: Issue[]): JsonObject | undefined {
  if (value === null || value === undefined) return undefined
  if (isObject(value)) return deepPlain(value, 0) as JsonObject
  issues.push({ loc: ['body', 'parameters'], ...DICT })
  return undefined
}

/** A status as JSON text, with `null` where it has nothing to say. */
export function statusText(status: Status | undefined): string {
  if (!status) return 'null'
  const { code, description, exception } = status
  const { name, args, stacks, executor } = exception ?? {}
  return JSON.stringify({ code, description, exception: exception ? { name, args, stacks, executor } : null })
}

/** The documents of an answer as JSON text. */
export function dataText(answer: DataRequest): string {
  return answer.hasDocs ? documentsText(answer.docs) : '[]'
}

// the times of one answer mostly lie in one millisecond
let lastMs = Number.NaN
let lastIso = ''

/** A moment as RFC 3339 with microseconds and without a zone: `2022-08-01T10:00:00.123456`. */
export function isoMicros(ms: number): string {
  const whole = Math.floor(ms)
  if (whole !== lastMs) {
    lastMs = whole
    lastIso = new Date(whole).toISOString().slice(0, -1)
  }
  return lastIso + String(Math.floor((ms - whole) * 1000)).padStart(3, '0')
}
