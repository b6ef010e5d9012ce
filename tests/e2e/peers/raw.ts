import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A TCP connection that says what no decent client would, and keeps what it is told. */
export class RawPeer {
  readonly socket: Socket
  readonly closed: Promise<void>
  #chunks: Buffer[] = []

  /** @param halfOpen - leaves its own half open when the other side ends */
  constructor(port: number, halfOpen = false) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: halfOpen })
    this.socket.on('data', (chunk: Buffer) => this.#chunks.push(chunk))
    this.socket.on('error', () => {})
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()))
  }

  /** A WebSocket after its handshake. */
  static async webSocket(port: number, headers = ''): Promise<RawPeer> {
    const peer = new RawPeer(port)
    peer.write(handshake('/', headers))
    while (!peer.text.includes('\r\n\r\n')) await once(peer.socket, 'data')
    return peer
  }

  get received(): Buffer {
    this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0] as Buffer
  }

  get text(): string {
    return this.received.toString('latin1')
  }

  write(bytes: string | Uint8Array): boolean {
    return this.socket.destroyed ? false : this.socket.write(bytes)
  }

  /** Writes over and over, no faster than it is taken, until all is sent or the connection ends. */
  async flood(chunk: Uint8Array, times: number): Promise<void> {
    for (let i = 0; i < times && !this.socket.destroyed; i++) {
      if (!this.write(chunk)) await Promise.race([once(this.socket, 'drain').catch(() => {}), this.closed])
    }
  }

  /** The code of the close frame that the gateway sent; undefined where it sent none. */
  get closeCode(): number | undefined {
    const bytes = this.received
    let at = bytes.indexOf('\r\n\r\n') + 4
    while (at + 2 <= bytes.length) {
      const opcode = (bytes[at] as number) & 0x0f
      const short = (bytes[at + 1] as number) & 0x7f
      const [length, head] =
        short < 126
          ? [short, 2]
          : short === 126
            ? [bytes.readUInt16BE(at + 2), 4]
            : [Number(bytes.readBigUInt64BE(at + 2)), 10]
      if (opcode === 8) return bytes.readUInt16BE(at + head)
      at += head + length
    }
    return undefined
  }
}

export function handshake(path = '/', headers = ''): string {
  const wanted = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n`
  const key = `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n`
  return `GET ${path} HTTP/1.1\r\nHost: x\r\n${wanted}${key}${headers}\r\n`
}

export interface FrameOptions {
  /** 0 continues, 1 is text, 2 binary, 8 close, 9 ping, 10 pong. */
  opcode?: number
  /** False where more fragments follow. */
  fin?: boolean
  masked?: boolean
  /** Reserved bits, as they stand in the first byte. */
  reserved?: number
  /** What the frame says its length is. */
  length?: number
}

/** A WebSocket frame, masked with zeros. @see RFC 6455, 5.2 */
export function frame(payload: string | Uint8Array, options: FrameOptions = {}): Buffer {
  const body = Buffer.from(payload)
  const { opcode = 1, fin = true, masked = true, reserved = 0, length = body.length } = options
  const first = (fin ? 0x80 : 0) | reserved | opcode
  const mask = masked ? 0x80 : 0
  const head =
    length < 126
      ? Buffer.from([first, mask | length])
      : length < 65_536
        ? Buffer.from([first, mask | 126, length >> 8, length & 255])
        : Buffer.concat([Buffer.from([first, mask | 127]), bigEndian(BigInt(length))])
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0), body])
}

function bigEndian(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value)
  return bytes
}
