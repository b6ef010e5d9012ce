import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { type CodeName, DataRequest, Document, DocumentArray, decodeRequest, encodeRequest } from '../../proto/index.ts'
import { Client, type ClientOptions } from '../index.ts'
import { nodeDial } from './socket-node.ts'

/** A server made by hand: what our gateway would never do, and what Jina's does. */
class Peer {
  readonly server: WebSocketServer
  readonly requests: IncomingMessage[] = []
  readonly closed: number[] = []
  readonly ended: Promise<void>

  constructor(onRequest: (request: DataRequest, socket: WebSocket) => void, options: object = {}) {
    this.server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options })
    let ended = () => {}
    this.ended = new Promise((resolve) => (ended = resolve))
    this.server.on('connection', (socket, request) => {
      this.requests.push(request)
      socket.on('close', (code) => this.closed.push(code))
      socket.on('message', (bytes: Buffer) => {
        if (bytes.length > 1 || bytes[0] !== 0) return onRequest(decodeRequest(bytes), socket)
        ended()
        socket.close(1000)
      })
    })
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }
}

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function connect(peer: Peer, options: ClientOptions = {}): Promise<Client> {
  if (!peer.server.address()) await once(peer.server, 'listening')
  const client = new Client({ host: '127.0.0.1', port: peer.port, protocol: 'websocket', ...options })
  open.push(client, peer.server)
  return client
}

const answerOf = (request: DataRequest, text: string) =>
  encodeRequest(request.with({ docs: new DocumentArray([new Document(text)]) }))

const echo = (request: DataRequest, socket: WebSocket) => socket.send(encodeRequest(request))

describe('WebSocket, on the wire', () => {
  it.each([
    ['echoes', (): string | false => 'bytes'],
    ['passes over, as Jina does,', (): string | false => false],
  ] as const)('speaks with a server that %s the sub-protocol', async (_, handleProtocols) => {
    const peer = new Peer(echo, { handleProtocols })
    const client = await connect(peer)
    expect((await client.post('/x', 'a')).texts).toEqual(['a'])
    expect(peer.requests[0]?.headers['sec-websocket-protocol']).toBe('bytes')
  })

  it('is one connection for a post, which ends with one byte 0 and is closed by the server', async () => {
    const peer = new Peer(echo)
    const client = await connect(peer)
    expect(await client.post('/x', ['a', 'b', 'c'], { requestSize: 1 })).toHaveLength(3)
    await peer.ended
    await client.close()
    expect(peer.requests).toHaveLength(1)
    await expect.poll(() => peer.closed).toEqual([1000])
  })

  it('matches answers with requests by id, in any order', async () => {
    const asked: DataRequest[] = []
    const peer = new Peer((request, socket) => {
      asked.push(request)
      if (asked.length < 3) return
      for (const one of asked.reverse()) socket.send(answerOf(one, `to ${one.docs.texts[0]}`))
    })
    const options = { requestSize: 1, resultsInOrder: true } as const
    expect((await (await connect(peer)).post('/x', ['a', 'b', 'c'], options)).texts).toEqual(['to a', 'to b', 'to c'])
  })

  it('passes over an answer that nobody waits for', async () => {
    const peer = new Peer((request, socket) => {
      socket.send(encodeRequest(new DataRequest({ docs: new DocumentArray() })))
      echo(request, socket)
    })
    expect((await (await connect(peer)).post('/x', 'a')).texts).toEqual(['a'])
  })

  it('breaks the connection off when what it was opened for is given up', async () => {
    const leaving = new AbortController()
    const peer = new Peer(() => leaving.abort())
    await expect((await connect(peer)).post('/x', 'a', { signal: leaving.signal })).rejects.toMatchObject({
      codeName: 'CANCELLED',
    })
    await expect.poll(() => peer.closed).toEqual([1006])
  })

  it('sends headers with the handshake, and offers compression where it is asked for', async () => {
    const peer = new Peer(echo, { perMessageDeflate: true })
    const client = await connect(peer, { metadata: { 'x-tenant': 'a' } })
    await client.post('/x', 'a')
    await client.post('/x', 'a'.repeat(5000), { compression: 'Gzip' })
    const [plain, deflated] = peer.requests.map(({ headers }) => headers)
    expect(plain).toMatchObject({ 'x-tenant': 'a' })
    expect(plain?.['sec-websocket-extensions']).toBeUndefined()
    expect(deflated?.['sec-websocket-extensions']).toMatch(/permessage-deflate/)
  })

  it.each<[number, string, CodeName, RegExp]>([
    [1000, '', 'UNAVAILABLE', /before it had answered/],
    [1001, '', 'UNAVAILABLE', /is stopping/],
    [1003, '', 'INVALID_ARGUMENT', /kind of message/],
    [1003, '[unimplemented] a text frame', 'UNIMPLEMENTED', /: a text frame/],
    [1007, '[invalid_argument] no request', 'INVALID_ARGUMENT', /: no request/],
    [1009, '', 'RESOURCE_EXHAUSTED', /maxMessageBytes/],
    [1011, 'head of gone is down', 'UNAVAILABLE', /head of gone is down/],
    [1011, '[internal] a bug', 'INTERNAL', /: a bug/],
    [1013, '', 'RESOURCE_EXHAUSTED', /too busy/],
    [4000, 'what', 'UNKNOWN', /close code 4000.*what/],
  ])('closed with %i "%s" is %s', async (code, reason, codeName, message) => {
    const peer = new Peer((_, socket) => socket.close(code, reason))
    await expect((await connect(peer)).post('/x', 'a')).rejects.toMatchObject({ codeName, message })
  })

  it('says where nobody listens, and where a connection broke off', async () => {
    const peer = new Peer((_, socket) => socket.terminate())
    const client = await connect(peer)
    await expect(client.post('/x', 'a')).rejects.toMatchObject({ codeName: 'UNAVAILABLE', message: /broke off/ })
    peer.server.close()
    await once(peer.server, 'close')
    const message = /ws:\/\/127\.0\.0\.1:\d+\/ cannot be reached: .*ECONNREFUSED/
    await expect(client.post('/x', 'a')).rejects.toMatchObject({ codeName: 'UNAVAILABLE', message })
  })

  it('opens a new connection for what is sent again', async () => {
    const peer: Peer = new Peer((request, socket) => {
      if (peer.requests.length < 3) socket.close(1013)
      else echo(request, socket)
    })
    const retry = { maxAttempts: 3, initialBackoffMs: 1, maxBackoffMs: 2 }
    expect((await (await connect(peer)).post('/x', 'a', { retry })).texts).toEqual(['a'])
    expect(peer.requests).toHaveLength(3)
  })

  it('tells what a handshake was refused with', async () => {
    const verifyClient = (_: unknown, answer: (...args: [boolean, number, string]) => void) =>
      answer(false, 401, 'who are you')
    const peer = new Peer(echo, { verifyClient })
    const client = await connect(peer)
    const refused = { codeName: 'UNAUTHENTICATED', message: /HTTP 401: who are you/ }
    await expect(client.post('/x', 'a')).rejects.toMatchObject(refused)
    await expect(client.dryRun()).rejects.toMatchObject(refused)
  })

  it('refuses a message above maxMessageBytes, and what is no answer', async () => {
    const large = new Peer((request, socket) => socket.send(answerOf(request, 'a'.repeat(2000))))
    await expect((await connect(large, { maxMessageBytes: 1000 })).post('/x', 'a')).rejects.toMatchObject({
      codeName: 'RESOURCE_EXHAUSTED',
      message: /more than 1000 bytes.*maxMessageBytes/,
    })
    for (const nonsense of ['{"header":{}}', Buffer.from([0x0a, 0x50])]) {
      const peer = new Peer((_, socket) => socket.send(nonsense))
      await expect((await connect(peer)).post('/x', 'a')).rejects.toMatchObject({
        codeName: 'INTERNAL',
        message: /answered what is no answer/,
      })
      await expect.poll(() => peer.closed).toHaveLength(1)
    }
  })

  it('takes no more while the server does not read', async () => {
    const peer = new Peer(() => {})
    await connect(peer)
    peer.server.on('connection', (socket) => socket.pause())
    const options = { headers: {}, compression: undefined, maxMessageBytes: 1000 }
    const socket = nodeDial({})(`ws://127.0.0.1:${peer.port}/`, options, { message() {}, closed() {} })
    await socket.room()
    let sent = 0
    for (; sent < 1000 && !socket.room(); sent++) socket.send(encodeRequest(megabyte))
    expect(sent).toBeLessThan(1000)
    for (const from of peer.server.clients) from.resume()
    await socket.room()
    socket.terminate()
  })
})

const megabyte = new DataRequest({ docs: new DocumentArray([new Document({ blob: new Uint8Array(1024 * 1024) })]) })
