import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { carriedValue, type DataRequest, FileData, NdArray, type ResponseInfo } from '../../../proto/index.ts'
import { sendFile } from './files.ts'
import type { Refusal } from './refusal.ts'
import type { TypedRoute } from './routes.ts'
import { sendBody } from './send.ts'

// What goes out that is no stream.

/** A body and what it is. */
export interface Payload {
  readonly type: string
  readonly body: string | Uint8Array
  /** The file that it is. */
  readonly file?: FileData
}

/** Sends the result of a typed call; gives back how long it is. */
export function deliver(
  request: IncomingMessage,
  response: ServerResponse,
  { api }: TypedRoute,
  answer: DataRequest,
): number {
  const { type, body, file } = payloadOf(answer, api.output.type === 'string')
  const info = answer.header.response
  const [status, said] = [info?.status ?? 200, headersOf(info)]
  if (api.contentType) said['content-type'] ??= api.contentType
  if (file) sendFile(request, response, file, status, said)
  else sendBody(response, status, { 'content-type': type, ...said }, body)
  return body.length
}

export function refuse(response: ServerResponse, { status, body, headers }: Refusal): void {
  sendBody(response, status, { 'content-type': 'application/json', ...headers }, JSON.stringify(body))
}

/** A result as bytes or text: text and JSON as they came, which nobody looks at. */
export function payloadOf({ docs }: DataRequest, isText: boolean): Payload {
  const carried = carriedValue(docs)
  return carried.kind === 'parts' ? payloadOfParts(carried.value) : payloadOfText(carried, isText)
}

function payloadOfText({ kind, text }: { kind: 'text' | 'json'; text: string }, isText: boolean): Payload {
  if (kind === 'json') return { type: 'application/json', body: text }
  if (isText) return { type: 'text/plain; charset=utf-8', body: text }
  return { type: 'application/json', body: JSON.stringify(text) }
}

function payloadOfParts(value: unknown): Payload {
  if (value instanceof FileData) return { type: value.type, body: value.bytes, file: value }
  if (value instanceof Uint8Array) return { type: 'application/octet-stream', body: value }
  return { type: 'application/json', body: JSON.stringify(withoutParts(value)) }
}

// inside JSON, files and bytes are base64; a replacer would be asked about every number of a tensor
function withoutParts(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof NdArray) return value.toNested()
  if (value instanceof Uint8Array) return base64(value)
  if (value instanceof FileData) return { name: value.name, type: value.type, data: base64(value.bytes) }
  if (Array.isArray(value)) return value.map(withoutParts)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutParts(inner)]))
}

function base64({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}

/** What an executor said of its answer. */
export function headersOf(info: ResponseInfo | undefined): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {}
  for (const { name, value } of info?.headers ?? []) {
    const before = headers[name] as string | string[] | undefined
    headers[name] = before === undefined ? value : [before, value].flat()
  }
  if (info?.retryAfterMs !== undefined) headers['retry-after'] = String(Math.ceil(info.retryAfterMs / 1000))
  return headers
}
