import { type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import * as ws from 'ws'
import type { Close, RecordedSocket } from './handshakes.ts'

// Frames on the wire, behind a handshake that no client would change: the library's own classes are used beneath its client.

interface Receiver extends NodeJS.WritableStream {
  on(event: 'message', listener: (message: Buffer, binary: boolean) => void): this
  on(event: 'conclude', listener: (code: number, reason: Buffer) => void): this
}

interface Sender {
  send(message: Buffer, options: { binary: boolean; fin: boolean; mask: boolean; compress: boolean }): void
  close(code: number, reason: string, mask: boolean): void
}

/** What the library's types leave out. */
const { Receiver, Sender } = ws as unknown as {
  Receiver: new (options: object) => Receiver
  Sender: new (socket: Socket) => Sender
}

export interface Exchanged {
  readonly statusLine: string
  readonly headers: IncomingMessage['headers']
  readonly messages: readonly { bytes: Buffer; binary: boolean }[]
  /** Undefined where the connection ended without a close frame. */
  readonly close: Close | undefined
}

/** Sends a recorded handshake and its frames, and reads until the server closes; asked to, it hangs up after so many answers. */
export async function exchangeSocket(
  port: number,
  { path, headers, sent }: RecordedSocket,
  hangUpAfter = Number.POSITIVE_INFINITY,
): Promise<Exchanged> {
  const { host: _, ...ours } = headers
  const { answer, socket, head } = await shakeHands(port, path, ours)
  const receiver = new Receiver({ isServer: false })
  const sender = new Sender(socket)
  const messages: Exchanged['messages'][number][] = []
  let close: Close | undefined
  receiver.on('message', (bytes, binary) => {
    messages.push({ bytes, binary })
    if (messages.length === hangUpAfter) sender.close(1000, '', true)
  })
  receiver.on('conclude', (code, reason) => {
    close = { code, reason: reason.toString() }
    if (messages.length < hangUpAfter) sender.close(code, '', true)
  })
  const ended = new Promise((resolve) => socket.once('close', resolve))
  receiver.write(head)
  socket.on('data', (chunk) => receiver.write(chunk))
  for (const { opcode, bytes } of sent) {
    if (opcode !== 'close') sender.send(bytes, { binary: opcode === 'binary', fin: true, mask: true, compress: false })
  }
  await ended
  const statusLine = `HTTP/${answer.httpVersion} ${answer.statusCode} ${answer.statusMessage}`
  return { statusLine, headers: answer.headers, messages, close }
}

function shakeHands(port: number, path: string, headers: Readonly<Record<string, string>>) {
  return new Promise<{ answer: IncomingMessage; socket: Socket; head: Buffer }>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers })
    asked.on('upgrade', (answer, socket, head) => resolve({ answer, socket: socket as Socket, head }))
    asked.on('response', ({ statusCode }) => reject(new Error(`the handshake was answered with ${statusCode}`)))
    asked.on('error', reject)
    asked.end()
  })
}
