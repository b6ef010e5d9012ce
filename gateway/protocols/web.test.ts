import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defineExecutor } from '../../executors/index.ts'
import { type Served, startGateway } from '../../tests/e2e/peers/gateway.ts'
import { RawPeer } from '../../tests/e2e/peers/raw.ts'
import { WebSocketPeer } from '../../tests/e2e/peers/websocket.ts'

const Sample = defineExecutor({ name: 'Sample', requests: { '/echo': () => {} } })

let served: Served
beforeAll(async () => {
  served = await startGateway({ protocol: ['http', 'websocket'] }, Sample)
})
afterAll(() => served.close())

const post = (text: string, headers = '') => {
  const body = JSON.stringify({ data: [{ text }], execEndpoint: '/echo' })
  return `POST /post HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
const H2C = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n'

describe('a web port', () => {
  it('answers requests that offer a protocol which it does not speak, one after the other on one connection', async () => {
    const peer = new RawPeer(served.port)
    const warnings: Error[] = []
    process.on('warning', (warning) => warnings.push(warning))
    for (const [i, text] of ['früh', ...'abcdefghijklmnopqrst'].entries()) {
      peer.write(post(text, i === 1 ? '' : H2C))
      await expect.poll(() => peer.received.toString().match(/HTTP\/1\.1 200 /g)?.length).toBe(i + 1)
      expect(peer.received.toString()).toContain(`"text":"${text}"`)
    }
    peer.socket.destroy()
    expect(warnings).toEqual([])
  })

  it('answers them where the body comes later, in parts', async () => {
    const peer = new RawPeer(served.port)
    const text = post('x'.repeat(100_000), H2C)
    for (const end of [10, 200, 50_000]) peer.write(text.slice(end === 10 ? 0 : end === 200 ? 10 : 200, end))
    await new Promise((resolve) => setImmediate(resolve))
    peer.write(text.slice(50_000))
    await expect.poll(() => peer.text).toMatch(/^HTTP\/1\.1 200 /)
    peer.socket.destroy()
  })

  it('closes their connection where they ask for it', async () => {
    const peer = new RawPeer(served.port)
    peer.write(post('a', H2C.replace('Upgrade,', 'close, Upgrade,')))
    await peer.closed
    expect(peer.text).toMatch(/^HTTP\/1\.1 200 /)
  })

  it('refuses or redirects what is no path of its', async () => {
    for (const [line, status] of [
      ['GET // HTTP/1.1', 307],
      ['GET /% HTTP/1.1', 404],
      ['GET http://[/ HTTP/1.1', 404],
      ['OPTIONS * HTTP/1.1', 404],
      ['BREW /post HTTP/1.1', 400],
      ['DELETE /post HTTP/1.1', 405],
    ] as const) {
      const peer = new RawPeer(served.port)
      peer.write(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`)
      await peer.closed
      expect(peer.text, line).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    }
  })

  it('still speaks WebSocket', async () => {
    const peer = await WebSocketPeer.open(served.port)
    await peer.send({ data: [{ text: 'a' }], execEndpoint: '/echo' }).received(1)
    peer.socket.terminate()
  })
})
