import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import { shared } from '../peers.ts'

const folder = resolve(shared, 'interop/bento/golden')

/** One request that was sent to BentoML, and what it answered. */
export interface Recording {
  readonly name: string
  readonly request: Buffer
  readonly answer: Answer
}

/** An HTTP answer. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** Its body came to the end that its head promised. */
  readonly whole: boolean
}

export function recordings(): Recording[] {
  const names = readdirSync(folder).filter((file) => file.endsWith('.req'))
  return names.map((file) => ({
    name: file.slice(0, -4),
    request: readFileSync(resolve(folder, file)),
    answer: parseAnswer(readFileSync(resolve(folder, file.replace(/req$/, 'resp')))),
  }))
}

/** Sends the very bytes of a request, and reads until the connection ends. */
export function replay(port: number, request: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.once('error', reject)
    socket.once('close', () => resolve(parseAnswer(Buffer.concat(chunks))))
  })
}

function parseAnswer(bytes: Buffer): Answer {
  const end = bytes.indexOf('\r\n\r\n')
  const [line = '', ...fields] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const headers = Object.fromEntries(
    fields.map((field) => [field.split(':')[0]?.toLowerCase(), field.replace(/^[^:]*: */, '')]),
  )
  const rest = bytes.subarray(end + 4)
  const { body, whole } = headers['transfer-encoding'] === 'chunked' ? unchunked(rest) : { body: rest, whole: true }
  return { status: Number(line.split(' ')[1]), headers, body, whole }
}

function unchunked(bytes: Buffer): { body: Buffer; whole: boolean } {
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const line = bytes.indexOf('\r\n', at)
    const size = line < 0 ? Number.NaN : Number.parseInt(bytes.subarray(at, line).toString(), 16)
    if (!(size > 0)) return { body: Buffer.concat(chunks), whole: size === 0 }
    chunks.push(bytes.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
}
