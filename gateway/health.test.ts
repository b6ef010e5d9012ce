import { afterEach, describe, expect, it } from 'vitest'
import { defineExecutor } from '../executors/index.ts'
import { FlowError } from '../proto/index.ts'
import { type Served, startGateway } from '../tests/e2e/peers/gateway.ts'
import { RawPeer } from '../tests/e2e/peers/raw.ts'
import { Gateway, type GatewayOptions } from './index.ts'

const Idle = defineExecutor({ name: 'Idle', requests: { '/x': () => {} } })
const paths = ['/livez', '/healthz', '/readyz']

let served: Served | undefined
afterEach(() => served?.close())

const serve = async (options: GatewayOptions) => {
  served = await startGateway({ protocol: 'http', ...options }, Idle)
  return `http://127.0.0.1:${served.port}`
}

const told = async (url: string) => {
  const response = await fetch(url)
  return [response.status, await response.text()]
}

describe('probes', () => {
  it('are answered on every web port, as those who start containers expect', async () => {
    for (const protocol of ['http', 'websocket', 'graphql'] as const) {
      const url = await serve({ protocol })
      for (const path of paths) expect(await told(url + path), `${protocol} ${path}`).toEqual([200, '\n'])
      await served?.close()
      served = undefined
    }
  })

  it('answer HEAD as GET, and no other method', async () => {
    const url = await serve({})
    const head = await fetch(`${url}/livez`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), head.headers.get('content-type')]).toEqual([
      200,
      '1',
      'text/plain; charset=utf-8',
    ])
    const post = await fetch(`${url}/livez`, { method: 'POST', body: '{}' })
    expect([post.status, post.headers.get('allow'), await post.text()]).toEqual([
      405,
      'GET, HEAD',
      'Method Not Allowed',
    ])
  })

  it('name what is not well: executors, and hooks of the user', async () => {
    let live: unknown = true
    const url = await serve({
      health: {
        live: async () => live,
        ready: () => Promise.reject(new FlowError('UNAVAILABLE', 'the database is away')),
      },
    })
    expect(await told(`${url}/readyz`)).toEqual([503, 'not ready: health.ready (the database is away)\n'])
    expect(await told(`${url}/healthz`)).toEqual([200, '\n'])
    live = undefined
    expect(await told(`${url}/livez`)).toEqual([200, '\n'])
    live = false
    for (const path of ['/livez', '/healthz']) expect(await told(url + path)).toEqual([503, 'not live: health.live\n'])
  })

  it('are not ready while an executor cannot be reached, though they are live', async () => {
    const connection = { send: () => Promise.reject(), endpoints: [], ready: false, close: async () => {} }
    const gateway = new Gateway({ protocol: 'http', host: '127.0.0.1' }, { nodes: [{ name: 'embed', connection }] })
    await gateway.start()
    const url = `http://127.0.0.1:${gateway.ports.http}`
    expect(await told(`${url}/readyz`)).toEqual([503, 'not ready: embed\n'])
    expect(await told(`${url}/livez`)).toEqual([200, '\n'])
    await gateway.close()
  })

  it('say that the gateway is stopping, to who has a connection', async () => {
    await serve({})
    const peer = new RawPeer(served?.port as number)
    const probe = 'GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n'
    peer.write(`${probe}POST /post HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{`)
    await expect.poll(() => peer.text).toMatch(/200 OK/)
    const closing = served?.close()
    peer.write(`}${probe}`)
    await closing
    expect(peer.text).toMatch(/503 [\s\S]*not ready: gateway\n$/)
    served = undefined
  })

  it('cannot be taken for endpoints', async () => {
    await expect(serve({ exposeEndpoints: { '/x': { httpPath: '/livez' } } })).rejects.toThrow(
      /exposeEndpoints\.\/x: \/livez is the server's own/,
    )
  })
})
