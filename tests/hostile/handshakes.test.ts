import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Apart } from '../e2e/peers/apart.ts'
import { handshake, RawPeer } from '../e2e/peers/raw.ts'
import { askHttp, meanwhile } from './bystander.ts'

// What strangers say before they speak WebSocket. The gateway is a process of its own; others are answered all the while.

let apart: Apart
let port: number
beforeAll(async () => {
  apart = await Apart.start({ protocol: ['websocket', 'http'], handshakeTimeoutMs: 500, compression: true })
  port = apart.ports.websocket
})
afterAll(() => apart.close())
afterEach(async () => {
  expect(await ask('at the end')).toBe('at the end')
  expect(apart.alive).toBe(true)
})

const ask = (text: string) => askHttp(port, text)

describe('handshakes', () => {
  it.each(['', 'GET', 'GET / HTTP/1.1\r\n', 'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: webso', handshake().slice(0, -2)])(
    'that stop at %j are ended, with 408 where a request had begun',
    async (half) => {
      const peer = new RawPeer(port)
      peer.write(half)
      await meanwhile(peer.closed, ask)
      if (half !== '') expect(peer.text).toMatch(/^HTTP\/1\.1 408 /)
    },
  )

  it.each<[string, string, number]>([
    ['another version', handshake().replace('Version: 13', 'Version: 7'), 400],
    ['no key', handshake().replace(/Sec-WebSocket-Key.*\r\n/, ''), 400],
    ['a key that is none', handshake().replace(/(Sec-WebSocket-Key:) .*\r\n/, '$1 x\r\n'), 400],
    ['another method', handshake().replace('GET', 'POST'), 405],
    ['sub-protocols that are none', handshake('/', 'Sec-WebSocket-Protocol: a,,b\r\n'), 400],
    ['extensions that are none', handshake('/', 'Sec-WebSocket-Extensions: permessage-deflate; x=1\r\n'), 400],
    ['a time that is none', handshake('/', 'sluice-timeout-ms: soon\r\n'), 400],
    ['another path', handshake('/nowhere'), 404],
    ['a path that is none', handshake('//'), 404],
    ['a path of another host', handshake('http://[/'), 404],
    ['headers that are too large', handshake('/', `X: ${'x'.repeat(100_000)}\r\n`), 431],
    ['what is no HTTP', 'hello\r\n\r\n', 400],
  ])('with %s are refused, and their connection ends', async (_, text, status) => {
    const peer = new RawPeer(port)
    peer.write(text)
    await meanwhile(peer.closed, ask)
    expect(peer.text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  })

  it('that are refused leave nothing behind, be the other half kept open', async () => {
    const { resources: before } = await apart.state()
    const peers = [handshake('/nowhere'), handshake('/', 'sluice-timeout-ms: soon\r\n')].map((text) => {
      const peer = new RawPeer(port, true)
      peer.write(text)
      return peer
    })
    await expect.poll(() => peers.every(({ text }) => text.startsWith('HTTP/1.1 4'))).toBe(true)
    await expect.poll(async () => (await apart.state()).resources.TCPSocketWrap).toBe(before.TCPSocketWrap)
    for (const { socket } of peers) socket.destroy()
  })
})
