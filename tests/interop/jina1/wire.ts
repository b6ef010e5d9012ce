import { connect } from 'node:net'
import { Client, credentials, Metadata, status } from '@grpc/grpc-js'

// Recorded bytes on the wire, without a client that would change them.

const asIs = (bytes: Buffer) => bytes

export interface GrpcCall {
  readonly port: number
  readonly method: string
  readonly messages: readonly Buffer[]
  readonly metadata?: readonly (readonly [string, string])[]
  /** Number of gRPC's compression algorithm: 0 none, 1 deflate, 2 gzip. */
  readonly compression?: number
}

// what an answer without messages begins with, told as its end
const OF_HTTP = ['content-type', 'date']

export interface Answered {
  readonly code: string
  readonly answers: readonly Buffer[]
  readonly trailers: readonly (readonly [string, string])[]
}

/** Sends messages on one call of any kind and collects what comes back. */
export function callGrpc({ port, method, messages, metadata = [], compression = 0 }: GrpcCall) {
  const options = { 'grpc.default_compression_algorithm': compression }
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), options)
  const sent = new Metadata()
  for (const [key, value] of metadata) if (key !== 'user-agent') sent.add(key, value)
  const stream = client.makeBidiStreamRequest(method, asIs, asIs, sent)
  const answers: Buffer[] = []
  return new Promise<Answered>((resolve) => {
    stream.on('data', (answer: Buffer) => answers.push(answer))
    stream.on('error', () => {})
    stream.on('status', ({ code, metadata }) => {
      client.close()
      const trailers = Object.entries(metadata.getMap())
        .filter(([name]) => !OF_HTTP.includes(name))
        .map(([name, value]) => [name, String(value)] as const)
      resolve({ code: status[code] as string, answers, trailers })
    })
    for (const message of messages) stream.write(message)
    stream.end()
  })
}

/** Sends a raw HTTP request with its host made the server's, and reads until the server closes, as `Connection: close` asks it to. */
export function exchangeHttp(port: number, request: Buffer): Promise<Buffer> {
  const ours = request
    .toString('latin1')
    .replace(/^Host: .*\r\n/im, `Host: 127.0.0.1:${port}\r\n`)
    .replace(/^Connection: .*\r\n/im, '')
    .replace('\r\n', '\r\nConnection: close\r\n')
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(chunks)))
    socket.end(Buffer.from(ours, 'latin1'))
  })
}

/** The status line of a raw response, and its headers by their names in small letters. */
export function headOf(raw: Buffer): { statusLine: string; headers: Record<string, string> } {
  const [statusLine = '', ...lines] = raw.toString('latin1', 0, raw.indexOf('\r\n\r\n')).split('\r\n')
  const headers = lines.map((line) => /^([^:]*): *(.*)$/.exec(line) ?? [])
  return {
    statusLine,
    headers: Object.fromEntries(headers.map(([, name = '', value = '']) => [name.toLowerCase(), value])),
  }
}
