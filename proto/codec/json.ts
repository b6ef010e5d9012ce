import type { Document } from '../document.ts'
import { DocumentArray } from '../document-array.ts'
import { FlowError } from '../flow-error.ts'
import type { JsonObject } from '../json.ts'
import { DataRequest, type Route } from '../request.ts'
import type { Status } from '../status.ts'
import { deepPlain, isObject, JsonReader, parseExact } from './json-read.ts'
import { documentsText } from './json-write.ts'

// Jina's JSON envelope ⇄ DataRequest, as a client writes and reads it.

/** A request as the body of `POST /post`: snake_case, as Jina's own client sends it. */
export function encodeJsonRequest(request: DataRequest): string {
  const { requestId, execEndpoint = '/', targetExecutor } = request.header
  const target = targetExecutor ? `,"target_executor":${JSON.stringify(targetExecutor)}` : ''
  const endpoint = JSON.stringify(execEndpoint)
  return (
    `{"header":{"request_id":${JSON.stringify(requestId)},"exec_endpoint":${endpoint}},"parameters":${JSON.stringify(request.parameters)}` +
    `${request.hasDocs ? `,"data":${documentsText(request.docs)}` : ''},"exec_endpoint":${endpoint}${target}}`
  )
}

/**
 * An answer in camelCase (HTTP) or snake_case (WebSocket).
 * @throws {FlowError} INVALID_ARGUMENT for text that is no answer
 */
export function decodeJsonAnswer(text: string): DataRequest {
  const first = read(parsed(text))
  return first.wholeTensor && /\d[.eE]/.test(text) ? read(parseExact(text)).answer : first.answer
}

function read(json: unknown): { answer: DataRequest; wholeTensor: boolean } {
  if (!isObject(json) || !isObject(json.header)) throw new FlowError('INVALID_ARGUMENT', 'an answer has a header')
  const reader = new JsonReader()
  const docs = Array.isArray(json.data) ? reader.documents(json.data, ['data']) : new DocumentArray()
  const [issue] = reader.issues
  if (issue) throw new FlowError('INVALID_ARGUMENT', `${issue.loc.join('.')}: ${issue.msg}`)
  const header = plainObject(json.header)
  const answer = new DataRequest({
    header: {
      requestId: text(header.requestId ?? header.request_id) ?? '',
      status: statusOf(header.status),
      execEndpoint: text(header.execEndpoint ?? header.exec_endpoint),
      targetExecutor: text(header.targetExecutor ?? header.target_executor),
      part: typeof header.part === 'number' ? header.part : undefined,
    },
    parameters: plainObject(json.parameters),
    routes: Array.isArray(json.routes) ? json.routes.map((route) => routeOf(plainObject(route))) : [],
    docs,
  })
  return { answer, wholeTensor: reader.wholeTensor }
}

function routeOf(route: JsonObject): Route {
  return {
    executor: text(route.executor) ?? '',
    startTime: timeOf(route.startTime ?? route.start_time),
    endTime: timeOf(route.endTime ?? route.end_time),
    status: statusOf(route.status),
  }
}

function statusOf(value: unknown): Status | undefined {
  if (!isObject(value) || !value.code) return undefined
  const exception = isObject(value.exception) ? value.exception : undefined
  const { name, args, stacks, executor } = exception ?? {}
  return {
    code: 1,
    description: text(value.description) ?? '',
    exception: exception && {
      name: text(name) ?? '',
      args: texts(args),
      stacks: texts(stacks),
      executor: text(executor) ?? '',
    },
  }
}

function plainObject(value: unknown): JsonObject {
  return isObject(value) ? (deepPlain(value, 0) as JsonObject) : {}
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

// Date.parse stops at milliseconds
function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined
  const ms = Date.parse(value)
  const micros = /\.\d{3}(\d{1,3})/.exec(value)?.[1]
  return Number.isNaN(ms) ? undefined : ms + Number(micros?.padEnd(3, '0') ?? 0) / 1000
}

/**
 * One document from its JSON text.
 * @throws {FlowError} INVALID_ARGUMENT that names every wrong field
 */
export function documentFromJson(text: string): Document {
  const documents = documentsFromJson(`[${text}]`)
  if (documents.length === 1) return documents[0] as Document
  throw new FlowError('INVALID_ARGUMENT', `${documents.length} documents where one was expected`)
}

/** The documents of a JSON list. @throws {FlowError} as {@link documentFromJson} */
export function documentsFromJson(text: string): DocumentArray {
  const first = readDocuments(parsed(text))
  return first.wholeTensor && /\d[.eE]/.test(text) ? readDocuments(parseExact(text)).docs : first.docs
}

function readDocuments(json: unknown): { docs: DocumentArray; wholeTensor: boolean } {
  if (!Array.isArray(json)) throw new FlowError('INVALID_ARGUMENT', 'documents are a JSON list')
  const reader = new JsonReader()
  const docs = reader.documents(json, [])
  if (reader.issues.length > 0) {
    const mistakes = reader.issues.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`)
    throw new FlowError('INVALID_ARGUMENT', mistakes.join('; '))
  }
  return { docs, wholeTensor: reader.wholeTensor }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new FlowError('INVALID_ARGUMENT', `not JSON: ${(error as Error).message}`, { cause: error })
  }
}
