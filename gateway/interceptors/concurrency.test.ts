import { afterEach, describe, expect, it } from 'vitest'
import { type Context, type DocumentArray, defineExecutor } from '../../executors/index.ts'
import { type Served, startGateway } from '../../tests/e2e/peers/gateway.ts'
import { WebSocketPeer } from '../../tests/e2e/peers/websocket.ts'
import type { GatewayOptions } from '../index.ts'

const held: { go: () => void; signal: AbortSignal }[] = []
const Sample = defineExecutor({
  name: 'Sample',
  requests: {
    '/quick': () => {},
    '/hold': (_docs: DocumentArray, { signal }: Context) => new Promise<void>((go) => void held.push({ go, signal })),
  },
})

let served: Served
let url: string
afterEach(async () => {
  for (const { go } of held.splice(0)) go()
  await served.close()
})

const serve = async (options: GatewayOptions) => {
  served = await startGateway({ protocol: ['http', 'websocket', 'graphql'], ...options }, Sample)
  url = `http://127.0.0.1:${served.port}`
}

const post = (path: string, execEndpoint?: string, headers = {}) =>
  fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ data: [{ text: 'a' }], ...(execEndpoint && { execEndpoint }) }),
  })

/** As many requests as will be held. */
const hold = async (count: number) => {
  const answers = Array.from({ length: count }, () => post('/post', '/hold'))
  await expect.poll(() => held.length).toBe(count)
  return answers
}

describe('maxConcurrency', () => {
  it('refuses what is too much with 429 and when to come again, in the words of each protocol', async () => {
    await serve({ maxConcurrency: 2 })
    const running = await hold(2)
    const refused = await post('/post', '/quick')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
    expect(await refused.json()).toMatchObject({
      header: { status: { description: expect.stringContaining('2 requests run (maxConcurrency)') } },
      data: [{ text: 'a' }],
    })
    const peer = await WebSocketPeer.open(served.port)
    await peer.send({ data: [{ text: 'a' }], execEndpoint: '/quick' }).received(1)
    expect(peer.json[0]?.header.status).toMatchObject({ description: expect.stringContaining('maxConcurrency') })
    peer.socket.terminate()
    const query = encodeURIComponent('{docs(data:{text:""},execEndpoint:"/quick"){text}}')
    expect(await (await fetch(`${url}/graphql?query=${query}`)).json()).toMatchObject({
      errors: [{ extensions: { code: 'RESOURCE_EXHAUSTED', retryAfterMs: 1000 } }],
    })
    held.shift()?.go()
    expect((await Promise.race(running)).status).toBe(200)
    expect((await post('/post', '/quick')).status).toBe(200)
  })

  it('leaves probes, pages and preflights alone', async () => {
    await serve({ maxConcurrency: 1, cors: true })
    await hold(1)
    for (const path of ['/readyz', '/livez', '/metrics', '/docs', '/dry_run']) {
      expect((await fetch(url + path)).status, path).toBe(200)
    }
    const headers = { origin: 'https://a.example', 'access-control-request-method': 'POST' }
    expect((await fetch(`${url}/post`, { method: 'OPTIONS', headers })).status).toBe(200)
    const refused = await post('/post', '/quick', { origin: 'https://a.example' })
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([429, 'https://a.example'])
  })

  it('of one endpoint holds whichever way requests come, and leaves others alone', async () => {
    await serve({ exposeEndpoints: { '/hold': { maxConcurrency: 1, httpPath: '/v1/hold' } } })
    await hold(1)
    for (const [path, endpoint] of [['/v1/hold'], ['/post', '/hold']] as const) {
      expect((await post(path, endpoint)).status, path).toBe(429)
    }
    expect((await post('/post', '/quick')).status).toBe(200)
  })

  it('gives a place back that a deadline has ended, or a caller who left', async () => {
    await serve({ maxConcurrency: 1 })
    expect((await post('/post', '/hold', { 'sluice-timeout-ms': '20' })).status).toBe(504)
    expect((await post('/post', '/quick')).status).toBe(200)
  })
})

describe('timeoutMs of one endpoint', () => {
  it('ends its requests with 504 whatever their callers ask for, and stops the work', async () => {
    await serve({ exposeEndpoints: { '/hold': { timeoutMs: 30 } } })
    for (const [path, endpoint] of [['/hold'], ['/post', '/hold']] as const) {
      const late = await post(path, endpoint, { 'sluice-timeout-ms': '5000' })
      expect(late.status, path).toBe(504)
    }
    expect(held.map(({ signal }) => signal.aborted)).toEqual([true, true])
    expect((await post('/hold', undefined, { 'sluice-timeout-ms': '1' })).status).toBe(504)
  })
})
