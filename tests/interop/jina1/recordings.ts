import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gunzipSync, inflateSync } from 'node:zlib'
import { shared } from '../peers.ts'

// Recorded traffic of the real Jina: ../shared/interop/jina1/golden.

const golden = resolve(shared, 'interop/jina1/golden')

/** One protobuf message. */
export interface RecordedMessage {
  readonly dir: Direction
  readonly type: string
  readonly bytes: Buffer
  /** The message in protobuf's JSON form. */
  readonly decoded: Json
}

/** One recorded gRPC call. */
export interface RecordedCall {
  readonly name: string
  readonly method: string
  readonly metadata: readonly (readonly [string, string])[]
  readonly code: string
  readonly trailers: readonly (readonly [string, string])[]
  readonly messages: readonly RecordedMessage[]
}

/** One recorded HTTP exchange. */
export interface RecordedExchange {
  readonly name: string
  readonly request: Buffer
  /** Such as `HTTP/1.1 200 OK`. */
  readonly statusLine: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly json: unknown
}

type Direction = 'c2s' | 's2c'
type Json = Record<string, unknown>

export function recordedCalls(folder: string): RecordedCall[] {
  return jsonFiles(folder).map(({ name, json }) => ({
    name,
    method: json.method as string,
    metadata: (json.request_metadata as [string, string][]) ?? [],
    code: json.code as string,
    trailers: (json.trailing_metadata as [string, string][]) ?? [],
    messages: ((json.messages as Json[]) ?? [])
      .filter((message) => message.file !== undefined && message.decoded !== undefined)
      .map((message) => ({
        dir: message.dir as Direction,
        type: message.type as string,
        bytes: read(folder, message.file as string),
        decoded: message.decoded as Json,
      })),
  }))
}

interface Compressed {
  readonly messages: readonly { file: string; decoded: Json }[]
}

const decompress: Record<string, (bytes: Buffer) => Buffer> = { Gzip: gunzipSync, Deflate: inflateSync }

/** The message of a compressed call, decompressed, and its answer, which never is compressed. */
export function recordedGzip(name: string): { sent: RecordedMessage; received: RecordedMessage } {
  const call = JSON.parse(read('grpc-gzip', `${name}.json`).toString()) as Record<Direction, Compressed>
  const message = (dir: Direction): RecordedMessage => {
    const bytes = read('grpc-gzip', `${name}.${dir}.msg0.bin`)
    const plain = dir === 'c2s' ? decompress[name]?.(bytes) : undefined
    const [recorded] = call[dir].messages
    return { dir, type: 'jina.DataRequestProto', bytes: plain ?? bytes, decoded: recorded?.decoded as Json }
  }
  return { sent: message('c2s'), received: message('s2c') }
}

interface Frames {
  readonly line: string
  readonly frames?: readonly { file?: string; opcode: string; decoded?: Json }[]
}

/** The protobuf messages in one WebSocket recording's frames; frames that are none (end of input, faults) are left out. */
function frameMessages({ c2s, s2c }: Record<Direction, Frames>): RecordedMessage[] {
  if (!c2s || !s2c) return []
  const dryRun = c2s.line.startsWith('GET /dry_run')
  const type = (dir: Direction) =>
    !dryRun ? 'jina.DataRequestProto' : dir === 'c2s' ? 'google.protobuf.Empty' : 'jina.StatusProto'
  const messages = (dir: Direction, { frames = [] }: Frames) =>
    frames.flatMap(({ file, opcode, decoded }) =>
      opcode === 'binary' && file && decoded ? [{ dir, type: type(dir), bytes: read('websocket', file), decoded }] : [],
    )
  return [...messages('c2s', c2s), ...messages('s2c', s2c)]
}

const gzip = () =>
  ['NoCompression', 'Deflate', 'Gzip'].map((name) => ({ name, messages: Object.values(recordedGzip(name)) }))
const websocket = () =>
  jsonFiles('websocket').map(({ name, json }) => ({ name, messages: frameMessages(json as never) }))

/** Every protobuf message of a folder, named after its case. */
export function recordedMessages(folder: string): (RecordedMessage & { name: string })[] {
  const cases = folder === 'grpc-gzip' ? gzip() : folder === 'websocket' ? websocket() : recordedCalls(folder)
  return cases.flatMap(({ name, messages }) => messages.map((message, n) => ({ ...message, name: `${name} ${n}` })))
}

/** A folder's HTTP exchanges; what else is in it is left out. */
export function recordedExchanges(folder: 'http' | 'graphql' | 'websocket'): RecordedExchange[] {
  const exchanges = jsonFiles(folder).filter(({ json }) => json.response !== undefined)
  return exchanges.map(({ name, json }) => {
    const { response } = json as unknown as { response: { line: string; headers: [string, string][] } }
    return {
      name,
      request: read(folder, `${name}.request.raw`),
      statusLine: response.line,
      status: Number(response.line.split(' ')[1]),
      headers: Object.fromEntries(response.headers.map(([key, value]) => [key.toLowerCase(), value])),
      json: bodyOf(read(folder, `${name}.response.raw`)),
    }
  })
}

/** What follows the headers of an HTTP message, as JSON; undefined where there is nothing. */
export function bodyOf(raw: Buffer): unknown {
  const body = raw.subarray(raw.indexOf('\r\n\r\n') + 4).toString()
  if (body.trim() === '') return undefined
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

export function jsonFiles(folder: string): { name: string; json: Json }[] {
  const names = readdirSync(resolve(golden, folder)).filter((file) => file.endsWith('.json'))
  return names.map((file) => ({
    name: file.slice(0, -'.json'.length),
    json: JSON.parse(read(folder, file).toString()),
  }))
}

export function read(folder: string, file: string): Buffer {
  return readFileSync(resolve(golden, folder, file))
}
