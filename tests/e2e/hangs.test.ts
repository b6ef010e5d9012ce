import { connect, constants } from 'node:http2'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Apart, type State } from './peers/apart.ts'
import { type Asker, askers } from './peers/askers.ts'
import { frame, handshake, RawPeer } from './peers/raw.ts'
import { bytesOf, WebSocketPeer } from './peers/websocket.ts'

// Whoever stops talking, reading or working: the outcome comes by the deadline, and nothing stays behind.

/** How many of each: all of them take two minutes. */
const many = Number(process.env.HANGS ?? 1000)
const batch = 100
const timeoutMs = 1000
/** What one of many may leave; a promise that never settles is about as much. Unit: bytes. */
const traceBytes = 500
const noiseBytes = 2_000_000
/** Machines are slow at times. */
const patient = { timeout: 15_000, interval: 50 }

let apart: Apart
beforeAll(async () => {
  const protocol = ['grpc', 'http', 'websocket', 'graphql'] as const
  apart = await Apart.start({ protocol: [...protocol], timeoutMs, heartbeatMs: 1000, handshakeTimeoutMs: 1000 })
  // what is made once is made before anything is measured
  for (const kind of askers) {
    const asker = await kind.open(apart.ports[kind.protocol])
    await Promise.all(Array.from({ length: batch }, () => asker.ask({ endpoint: '/echo', text: 'warm' })))
    asker.vanish()
  }
})
afterAll(() => apart.close())
afterEach(async () => {
  expect(apart.alive).toBe(true)
  expect((await apart.counts()).warnings).toBe(0)
})

/** Runs something, after which the gateway holds what it held before. */
async function leavesNothing(run: () => Promise<void>, traces = many): Promise<void> {
  await expect.poll(async () => (await apart.state()).resources.TCPSocketWrap ?? 0, patient).toBe(0)
  const before = await apart.state()
  await run()
  const held = ({ resources, inFlightBytes, running }: State) => ({ resources, inFlightBytes, running })
  await expect.poll(async () => held(await apart.state()), patient).toEqual(held(before))
  const after = await apart.state()
  expect(after.heldBytes - before.heldBytes).toBeLessThan(noiseBytes + traces * traceBytes)
}

async function batches(run: () => Promise<unknown>): Promise<void> {
  for (let done = 0; done < many; done += batch) await Promise.all(Array.from({ length: batch }, run))
}

describe.each(askers)(
  `of ${many}${many < 10_000 ? ' (NOT 10000: set HANGS=10000)' : ''} over $name`,
  ({ protocol, open }) => {
    const join = () => open(apart.ports[protocol])

    it.each(['/never', '/until'])(
      'each gets its deadline from an executor that never answers: %s',
      async (endpoint) => {
        await leavesNothing(async () => {
          const asker = await join()
          await batches(async () => {
            const { code } = await asker.ask({ endpoint, text: 'x'.repeat(1000), timeoutMs: 20 })
            expect(code).toBe('DEADLINE_EXCEEDED')
          })
          asker.vanish()
        })
      },
      120_000,
    )

    it('each stops its executor when its caller vanishes', async () => {
      await leavesNothing(async () => {
        const { stopped } = await apart.counts()
        for (let done = 0; done < many; done += batch) {
          const asker: Asker = await join()
          const { started } = await apart.counts()
          const questions = Array.from({ length: batch }, () =>
            asker.ask({ endpoint: '/until', text: 'x', timeoutMs: 60_000 }),
          )
          await expect.poll(async () => (await apart.counts()).started, patient).toBe(started + batch)
          asker.vanish()
          await Promise.all(questions)
        }
        await expect.poll(async () => (await apart.counts()).stopped, patient).toBe(stopped + many)
      })
    }, 120_000)
  },
)

describe('a client that never reads', () => {
  const answerBytes = `${20_000_000}`
  const count = 10
  const peers = (make: () => unknown) => Promise.all(Array.from({ length: count }, make))

  it('over HTTP is ended', () =>
    leavesNothing(async () => {
      const body = JSON.stringify({ data: [{ text: answerBytes }], execEndpoint: '/big' })
      await peers(() => {
        const peer = new RawPeer(apart.ports.http)
        peer.socket.pause()
        peer.write(`POST /post HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
      })
      await expect.poll(async () => (await apart.counts()).inFlightBytes, patient).toBeGreaterThan(Number(answerBytes))
    }, 1))

  it.each(['json', 'bytes'])('over WebSocket (%s) is ended', (mode) =>
    leavesNothing(async () => {
      await peers(async () => {
        const { socket } = await WebSocketPeer.open(apart.ports.websocket, { protocols: [mode] })
        socket.pause()
        const json = JSON.stringify({ data: [{ text: answerBytes }], execEndpoint: '/big' })
        socket.send(mode === 'json' ? json : bytesOf('/big', answerBytes))
      })
      await expect.poll(async () => (await apart.counts()).inFlightBytes, patient).toBeGreaterThan(Number(answerBytes))
    }, 1),
  )

  it.each([
    ['calls', '/jina.JinaSingleDataRequestRPC/process_single_data', 20_000_000],
    ['calls', '/jina.JinaSingleDataRequestRPC/process_single_data', 200_000],
    ['streams', '/jina.JinaRPC/Call', 20_000_000],
    ['streams', '/jina.JinaRPC/Call', 200_000],
  ])('over gRPC %s (%s, %i bytes) is ended; its connection lives on', (_, path, bytes) =>
    leavesNothing(async () => {
      // clients of gRPC read a whole message whether or not one asks for it
      const session = connect(`http://127.0.0.1:${apart.ports.grpc}`)
      const codes = peers(async () => {
        const asked = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' }
        const call = session.request(asked)
        const message = bytesOf('/big', `${bytes}`)
        call.end(Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]))
        await new Promise((resolve) => call.once('error', resolve).once('close', resolve))
        return call.rstCode
      })
      const heldBytes = bytes > 1_000_000 ? bytes : 0
      await expect.poll(async () => (await apart.counts()).inFlightBytes, patient).toBeGreaterThanOrEqual(heldBytes)
      expect(await codes).toEqual(Array(count).fill(constants.NGHTTP2_CANCEL))
      await new Promise((resolve) => session.ping(resolve))
      session.close()
    }, 1),
  )
})

describe('a peer that stops talking', () => {
  it.each([
    ['after half a message of WebSocket', () => frame('{"data":null}').subarray(0, 9)],
    ['after half a message in fragments', () => frame('{"data"', { fin: false })],
    ['after a request of WebSocket', () => frame('{"data":null,"execEndpoint":"/never"}')],
  ])('%s is ended when it answers no ping', (_, bytes) =>
    leavesNothing(async () => {
      const peer = await RawPeer.webSocket(apart.ports.websocket)
      peer.write(bytes())
      await peer.closed
    }, 1),
  )

  it('in the middle of a handshake is ended, however many', () =>
    leavesNothing(async () => {
      const all = Array.from({ length: batch }, () => new RawPeer(apart.ports.websocket))
      for (const peer of all) peer.write(handshake().slice(0, -4))
      await Promise.all(all.map(({ closed }) => closed))
    }, 1))
})
