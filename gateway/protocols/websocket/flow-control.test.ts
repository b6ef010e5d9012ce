import { afterEach, describe, expect, it } from 'vitest'
import { defineExecutor } from '../../../executors/index.ts'
import { type Served, startGateway } from '../../../tests/e2e/peers/gateway.ts'
import { bytesOf, type PeerOptions, settled, WebSocketPeer } from '../../../tests/e2e/peers/websocket.ts'
import type { GatewayOptions } from '../../index.ts'

let started = 0
let running = 0
let most = 0
let open: () => void
let gate: Promise<void>

const Sample = defineExecutor({
  name: 'Sample',
  requests: {
    '/echo': () => {
      started++
    },
    '/gated': async () => {
      started++
      most = Math.max(most, ++running)
      await gate
      running--
    },
  },
})

let served: Served
let peers: WebSocketPeer[] = []
afterEach(async () => {
  open()
  for (const { socket } of peers) socket.terminate()
  peers = []
  await served.close()
})

async function serve(options: GatewayOptions = {}): Promise<void> {
  started = running = most = 0
  gate = new Promise((resolve) => (open = resolve))
  served = await startGateway({ protocol: 'websocket', ...options }, Sample)
}

async function connect(options?: PeerOptions): Promise<WebSocketPeer> {
  const peer = await WebSocketPeer.open(served.port, options)
  peers.push(peer)
  return peer
}

const bytes = { protocols: ['bytes'] }
const big = bytesOf('/echo', 'x'.repeat(100_000))
const bigGated = bytesOf('/gated', 'x'.repeat(100_000))

describe('a WebSocket', () => {
  it.each(['json', 'bytes'])(
    'of %s has at most prefetch requests in flight, be they as small and many as they may',
    async (mode) => {
      await serve({ prefetch: 3 })
      const peer = await connect({ protocols: [mode] })
      const small = mode === 'json' ? { execEndpoint: '/gated', data: null } : bytesOf('/gated', '')
      peer.send(...Array(2000).fill(small), mode === 'json' ? {} : Buffer.from([0]))
      await expect.poll(() => started).toBe(3)
      open()
      expect(await peer.closed).toMatchObject({ code: 1000 })
      expect([peer.messages.length, started, most]).toEqual([2000, 2000, 3])
    },
  )

  it('whose executor is slow is not read from: what its client sends piles up there', async () => {
    await serve({ prefetch: 3 })
    const peer = await connect(bytes)
    peer.send(...Array(300).fill(bigGated))
    await expect.poll(() => started).toBe(3)
    await settled(() => peer.socket.bufferedAmount)
    expect(started).toBe(3)
    expect(peer.socket.bufferedAmount).toBeGreaterThan(100 * big.length)
    open()
    await peer.received(300)
    expect(most).toBe(3)
  })

  it('whose bytes in flight are at the limit is not read from', async () => {
    await serve({ maxConnectionBytes: 10 * big.length })
    const peer = await connect(bytes)
    peer.send(...Array(300).fill(bigGated))
    await expect.poll(() => started).toBe(10)
    await settled(() => peer.socket.bufferedAmount)
    expect(started).toBe(10)
    open()
    await peer.received(300)
  })

  it('is not read from while the gateway has its fill, and is again when there is room', async () => {
    await serve({ maxInFlightBytes: 10 * big.length })
    const [first, second] = [await connect(bytes), await connect(bytes)]
    first.send(...Array(300).fill(bigGated))
    await expect.poll(() => started).toBe(10)
    second.send(...Array(300).fill(big))
    await settled(() => second.socket.bufferedAmount)
    // the message that was on its way when reading paused
    expect(started).toBeLessThanOrEqual(11)
    open()
    await Promise.all([first.received(300), second.received(300)])
  })

  it('whose client does not read its answers is not read from, and is answered when it reads again', async () => {
    await serve()
    const peer = await connect(bytes)
    peer.socket.pause()
    peer.send(...Array(600).fill(big))
    await expect.poll(() => started).toBeGreaterThan(0)
    await settled(() => started)
    expect(started).toBeLessThan(300)
    expect(peer.socket.bufferedAmount).toBeGreaterThan(100 * big.length)
    peer.socket.resume()
    await peer.received(600)
    expect(started).toBe(600)
  })

  it('whose client never reads is ended when nothing has left for as long as a request may take', async () => {
    await serve({ timeoutMs: 300 })
    const peer = await connect(bytes)
    peer.socket.pause()
    peer.send(...Array(600).fill(big))
    expect((await peer.closed).code).toBe(1006)
    expect(peer.messages.length).toBeLessThan(600)
  })

  it('that is idle is left alone, however little time a request has; ended it is where it then does not read', async () => {
    await serve({ timeoutMs: 100 })
    const peer = await connect(bytes)
    for (let i = 1; i <= 3; i++) {
      await new Promise((resolve) => setTimeout(resolve, 250))
      await peer.send(bytesOf('/echo', 'x')).received(i)
    }
    peer.socket.pause()
    peer.send(...Array(600).fill(big))
    expect((await peer.closed).code).toBe(1006)
  })

  it('is asked whether its peer is still there, and ended where it is not', async () => {
    await serve({ heartbeatMs: 1000 })
    const [there, silentPeer] = [await connect(), await connect({ autoPong: false })]
    let pings = 0
    there.socket.on('ping', () => pings++)
    expect((await silentPeer.closed).code).toBe(1006)
    await expect.poll(() => pings, { timeout: 10_000 }).toBeGreaterThan(2)
    await there.send({ execEndpoint: '/echo', data: null }).received(1)
  })

  it('that is paused is not taken for gone', async () => {
    await serve({ heartbeatMs: 1000, prefetch: 1 })
    const peer = await connect(bytes)
    let pings = 0
    peer.socket.on('ping', () => pings++)
    peer.send(bytesOf('/gated', ''), bytesOf('/gated', ''))
    await expect.poll(() => pings, { timeout: 10_000 }).toBeGreaterThan(3)
    open()
    await peer.received(2)
  })

  it('is drained: what runs is answered, then it is closed with 1001; nobody new is let in', async () => {
    await serve({ protocol: ['websocket', 'http'] })
    const [busy, idle] = [await connect(bytes), await connect()]
    busy.send(bytesOf('/gated', 'last'))
    await expect.poll(() => running).toBe(1)
    const closing = served.close()
    expect(await idle.closed).toEqual({ code: 1001, reason: expect.stringContaining('stopping') })
    await expect(connect()).rejects.toThrow(/ECONNREFUSED/)
    open()
    expect((await busy.closed).code).toBe(1001)
    expect(busy.requests[0]?.docs.texts).toEqual(['last'])
    await closing
  })

  it('is drained where it is paused, and where its peer does not answer the close', async () => {
    await serve({ prefetch: 1 })
    const peer = await connect(bytes)
    peer.send(bytesOf('/gated', 'a'), bytesOf('/gated', 'b'))
    await expect.poll(() => running).toBe(1)
    peer.socket.pause()
    const closing = served.close()
    open()
    await closing
    peer.socket.resume()
    expect((await peer.closed).code).toBe(1001)
    expect(peer.requests.map(({ docs }) => docs.texts[0])).toEqual(['a'])
  })
})
