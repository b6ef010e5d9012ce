import { jina } from '../../../proto/gen/messages.js'
import {
  DataRequest,
  decodeRequest,
  encodeRequest,
  FlowError,
  type Header,
  type Issue,
  isObject,
  type JsonObject,
  type Route,
  type Status,
} from '../../../proto/index.ts'
import { dataText, EnvelopeError, isoMicros, readEnvelope } from '../envelope.ts'
import { failedRequest } from '../failed.ts'
import type { Mode } from './mode.ts'

/** How one mode writes messages. */
export interface Codec {
  readonly binary: boolean
  /** True for the message that ends the input. */
  isEnd(message: Buffer): boolean
  /** @throws {FlowError} INVALID_ARGUMENT */
  decode(message: Buffer): DataRequest
  encode(answer: DataRequest): string | Uint8Array
  encodeStatus(status: Status): string | Uint8Array
}

const bytes: Codec = {
  binary: true,
  isEnd: (message) => message.length === 1 && message[0] === 0,
  decode(message) {
    if (message.length > 0) return decodeRequest(message)
    throw new FlowError('INVALID_ARGUMENT', 'an empty message is no request', { hint: 'End the input with one byte 0' })
  },
  encode: encodeRequest,
  encodeStatus: (status) => jina.StatusProto.encode((status.code === 0 ? {} : status) as jina.IStatusProto).finish(),
}

// Jina's JSON over WebSocket is protobuf's: snake_case, and what has its default value is left out.
const json: Codec = {
  binary: false,
  isEnd: (message) => message.length < 10 && /^\s*\{\s*\}\s*$/.test(message.toString()),
  decode: decodeJson,
  encode: encodeJson,
  encodeStatus: (status) => JSON.stringify(statusJson(status)),
}

export const codecs: Readonly<Record<Mode, Codec>> = { bytes, json }

// what is JSON is answered, be it wrong; what is none says nothing about what follows
function decodeJson(message: Buffer): DataRequest {
  const text = message.toString()
  const body = parsed(text)
  try {
    return readEnvelope(body, text, undefined, readHeader)
  } catch (error) {
    const asked = new DataRequest({ header: readHeader(body, []) })
    const wrong = error instanceof EnvelopeError ? new FlowError('INVALID_ARGUMENT', error.message) : error
    return failedRequest(asked, FlowError.from(wrong))
  }
}

function parsed(text: string): JsonObject {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (error) {
    throw new FlowError('INVALID_ARGUMENT', `not JSON: ${(error as Error).message}`, { cause: error })
  }
  if (isObject(body)) return body as JsonObject
  throw new FlowError('INVALID_ARGUMENT', 'a message is a JSON object', { hint: 'Such as {"data": [{"text": "hi"}]}' })
}

/** What an envelope may say that HTTP says in headers: an id to be echoed, how long, and whether in parts. */
function readHeader(body: JsonObject, issues: Issue[]): Partial<Header> {
  const inner = isObject(body.header) ? body.header : {}
  const requestId = inner.requestId ?? inner.request_id ?? body.requestId ?? body.request_id
  const timeoutMs = body.timeoutMs ?? body.timeout_ms ?? inner.timeoutMs ?? inner.timeout_ms
  const parts = body.parts ?? inner.parts
  const known = Number.isFinite(timeoutMs) && (timeoutMs as number) > 0
  if (!known && timeoutMs !== undefined && timeoutMs !== null) {
    issues.push({ loc: ['body', 'timeoutMs'], msg: 'a positive number of milliseconds expected', type: 'value_error' })
  }
  return {
    ...(typeof requestId === 'string' && { requestId }),
    ...(known && { timeoutMs: timeoutMs as number }),
    ...(parts === true && { parts }),
  }
}

function encodeJson(answer: DataRequest): string {
  const { requestId, status, execEndpoint, targetExecutor, part } = answer.header
  const header = {
    request_id: requestId,
    ...(status && { status: statusJson(status) }),
    exec_endpoint: execEndpoint,
    target_executor: targetExecutor,
    part,
  }
  const [head, parameters, routes] = [header, answer.parameters, answer.routes.map(routeJson)].map((part) =>
    JSON.stringify(part),
  )
  return `{"header":${head},"parameters":${parameters},"routes":${routes},"data":${dataText(answer)}}`
}

function routeJson({ executor, startTime, endTime, status }: Route): object {
  return {
    executor,
    start_time: startTime === undefined ? undefined : `${isoMicros(startTime)}Z`,
    end_time: endTime === undefined ? undefined : `${isoMicros(endTime)}Z`,
    status: status && statusJson(status),
  }
}

function statusJson({ code, description, exception }: Status): object {
  const { name, args, stacks, executor } = exception ?? {}
  return {
    ...(code && { code }),
    ...(description && { description }),
    ...(exception && {
      exception: {
        ...(name && { name }),
        ...(args?.length && { args }),
        ...(stacks?.length && { stacks }),
        ...(executor && { executor }),
      },
    }),
  }
}
