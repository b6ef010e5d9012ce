import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gunzipSync, inflateSync } from 'node:zlib'
import { shared } from '../peers.ts'

// Recorded traffic of the real Jina: ../shared/interop/jina1/golden.

const golden = resolve(shared, 'interop/jina1/golden')

/** One message of a gRPC call. */
export interface RecordedMessage {
  readonly dir: 'c2s' | 's2c'
  readonly type: string
  readonly bytes: Buffer
  /** The message in protobuf's JSON form. */
  readonly decoded: Record<string, unknown>
}

/** One recorded gRPC call. */
export interface RecordedCall {
  readonly name: string
  readonly method: string
  readonly metadata: readonly (readonly [string, string])[]
  readonly code: string
  readonly messages: readonly RecordedMessage[]
}

/** One recorded HTTP exchange. */
export interface RecordedExchange {
  readonly name: string
  readonly request: Buffer
  readonly requestJson: unknown
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly json: unknown
}

export function recordedCalls(folder: string): RecordedCall[] {
  return jsonFiles(folder).map(({ name, json }) => ({
    name,
    method: json.method as string,
    metadata: (json.request_metadata as [string, string][]) ?? [],
    code: json.code as string,
    messages: ((json.messages as Record<string, unknown>[]) ?? [])
      .filter((message) => message.file !== undefined && message.decoded !== undefined)
      .map((message) => ({
        dir: message.dir as 'c2s',
        type: message.type as string,
        bytes: readFileSync(resolve(golden, folder, message.file as string)),
        decoded: message.decoded as Record<string, unknown>,
      })),
  }))
}

export function recordedExchanges(): RecordedExchange[] {
  return jsonFiles('http').map(({ name, json }) => {
    const { request, response } = json as Record<string, { line: string; headers: [string, string][]; json: unknown }>
    return {
      name,
      request: readFileSync(resolve(golden, 'http', `${name}.request.raw`)),
      requestJson: request?.json,
      status: Number(response?.line.split(' ')[1]),
      headers: Object.fromEntries(response?.headers.map(([key, value]) => [key.toLowerCase(), value]) ?? []),
      json: bodyOf(readFileSync(resolve(golden, 'http', `${name}.response.raw`))),
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

function jsonFiles(folder: string): { name: string; json: Record<string, unknown> }[] {
  const names = readdirSync(resolve(golden, folder)).filter((file) => file.endsWith('.json'))
  return names.map((file) => ({
    name: file.slice(0, -'.json'.length),
    json: JSON.parse(readFileSync(resolve(golden, folder, file), 'utf8')),
  }))
}

const decompress: Record<string, (bytes: Buffer) => Buffer> = { Gzip: gunzipSync, Deflate: inflateSync }

/** The message of a compressed call, decompressed, and its answer, which never is compressed. */
export function recordedGzip(name: string): { sent: Buffer; received: Buffer } {
  const read = (direction: string) => readFileSync(resolve(golden, 'grpc-gzip', `${name}.${direction}.msg0.bin`))
  return { sent: decompress[name]?.(read('c2s')) ?? read('c2s'), received: read('s2c') }
}
