import { jsonFiles, read } from './recordings.ts'

// Recorded WebSockets of the real Jina: ../shared/interop/jina1/golden/websocket.

/** What one side says after the handshake. */
export interface RecordedFrame {
  readonly opcode: 'text' | 'binary' | 'close'
  readonly bytes: Buffer
  /** The message in protobuf's JSON form, or as JSON. */
  readonly meaning: unknown
  readonly close?: Close | undefined
}

/** How a WebSocket was closed. */
export interface Close {
  readonly code: number
  readonly reason: string
}

export interface RecordedSocket {
  readonly name: string
  readonly path: string
  /** Headers of the handshake. */
  readonly headers: Readonly<Record<string, string>>
  readonly sent: readonly RecordedFrame[]
  /** Status line and headers of the answered handshake. */
  readonly answer: { readonly statusLine: string; readonly headers: Readonly<Record<string, string>> }
  readonly received: readonly RecordedFrame[]
}

interface Side {
  readonly line: string
  readonly headers: readonly [string, string][]
  readonly frames: readonly {
    opcode: RecordedFrame['opcode']
    file?: string
    decoded?: unknown
    json?: unknown
    close_code?: number
    reason?: string
  }[]
}

export function recordedSockets(): RecordedSocket[] {
  const sockets = jsonFiles('websocket').filter(({ json }) => json.c2s !== undefined)
  return sockets.map(({ name, json }) => {
    const { c2s, s2c } = json as unknown as Record<'c2s' | 's2c', Side>
    return {
      name,
      path: c2s.line.split(' ')[1] ?? '',
      headers: byName(c2s.headers),
      sent: c2s.frames.map(frame),
      answer: { statusLine: s2c.line, headers: byName(s2c.headers) },
      received: s2c.frames.map(frame),
    }
  })
}

function frame({ opcode, file, decoded, json, close_code: code, reason = '' }: Side['frames'][number]): RecordedFrame {
  return {
    opcode,
    bytes: file ? read('websocket', file) : Buffer.of(),
    meaning: decoded ?? json,
    close: code === undefined ? undefined : { code, reason },
  }
}

function byName(headers: readonly [string, string][]): Record<string, string> {
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]))
}
