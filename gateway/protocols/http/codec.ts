import {
  type DataRequest,
  type DocumentArray,
  deepPlain,
  documentsText,
  type Issue,
  isObject,
  type JsonObject,
  JsonReader,
  parseExact,
  DataRequest as Request,
  type Route,
  type Status,
} from '../../../proto/index.ts'
import { HttpError } from './http-error.ts'
import { findJsonError } from './json-error.ts'

// Jina's HTTP envelope ⇄ DataRequest. Requests come in camelCase or snake_case, answers go out in camelCase.

const DICT = { msg: 'value is not a valid dict', type: 'type_error.dict' }
const LIST = { msg: 'value is not a valid list', type: 'type_error.list' }
const STRING = { msg: 'str type expected', type: 'type_error.str' }

/**
 * The request that a body asks for. `endpoint` is the route's own; without one the body names it (`/` if it does not).
 * @throws {HttpError} 422 with pydantic's list of mistakes
 */
export function decode(body: Buffer, contentType: string | undefined, endpoint?: string): DataRequest {
  if (body.length === 0) throw refused([{ loc: ['body'], msg: 'field required', type: 'value_error.missing' }])
  if (!isJson(contentType)) throw refused([{ loc: ['body'], ...DICT }])
  const text = body.toString()
  const first = read(parse(text), endpoint)
  // only now is it known that the difference between 1 and 1.0 matters
  return first.wholeTensor && /\d[.eE]/.test(text) ? read(parseExact(text), endpoint).request : first.request
}

export function encode(answer: DataRequest): string {
  const { header, routes, hasDocs } = answer
  return (
    `{"header":{"requestId":${JSON.stringify(header.requestId)},"status":${statusText(header.status)}` +
    `,"execEndpoint":${JSON.stringify(header.execEndpoint ?? null)},"targetExecutor":${JSON.stringify(header.targetExecutor ?? '')}}` +
    `,"parameters":${JSON.stringify(answer.parameters)},"routes":[${routes.map(routeText).join()}]` +
    `,"data":${hasDocs ? documentsText(answer.docs) : '[]'}}`
  )
}

export function statusText(status: Status | undefined): string {
  if (!status) return 'null'
  const { code, description, exception } = status
  const { name, args, stacks, executor } = exception ?? {}
  return JSON.stringify({ code, description, exception: exception ? { name, args, stacks, executor } : null })
}

function isJson(contentType: string | undefined): boolean {
  return contentType === undefined || /^application\/(json|[\w.-]+\+json)\s*(;|$)/i.test(contentType)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const { msg, pos, lineno, colno } = findJsonError(text)
    const where = `${msg}: line ${lineno} column ${colno} (char ${pos})`
    const doc = text.length > 1000 ? `${text.slice(0, 1000)}…` : text
    throw refused([
      { loc: ['body', pos], msg: where, type: 'value_error.jsondecode', ctx: { msg, doc, pos, lineno, colno } },
    ])
  }
}

function read(body: unknown, endpoint: string | undefined): { request: DataRequest; wholeTensor: boolean } {
  if (!isObject(body)) throw refused([{ loc: ['body'], ...DICT }])
  const reader = new JsonReader()
  const docs = readData(body.data, reader)
  const targetExecutor = readString(body, 'targetExecutor', 'target_executor', reader.issues)
  const parameters = readParameters(body.parameters, reader.issues)
  const execEndpoint = endpoint ?? readString(body, 'execEndpoint', 'exec_endpoint', reader.issues) ?? '/'
  if (reader.issues.length > 0) throw refused(reader.issues)
  return {
    request: new Request({ header: { execEndpoint, targetExecutor }, parameters, docs }),
    wholeTensor: reader.wholeTensor,
  }
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

function refused(detail: (Issue & { ctx?: object })[]): HttpError {
  return new HttpError(422, detail)
}

function routeText({ executor, startTime, endTime, status }: Route): string {
  return `{"executor":${JSON.stringify(executor)},"startTime":${timeText(startTime)},"endTime":${timeText(endTime)},"status":${statusText(status)}}`
}

// 2022-08-01T10:00:00.123456+00:00, as Python's isoformat
function timeText(ms: number | undefined): string {
  if (ms === undefined) return 'null'
  const whole = Math.floor(ms)
  const micros = String(Math.floor((ms - whole) * 1000)).padStart(3, '0')
  return `"${isoText(whole)}${micros}+00:00"`
}

// the times of one answer mostly lie in one millisecond
let lastMs = Number.NaN
let lastIso = ''

function isoText(ms: number): string {
  if (ms !== lastMs) {
    lastMs = ms
    lastIso = new Date(ms).toISOString().slice(0, -1)
  }
  return lastIso
}
