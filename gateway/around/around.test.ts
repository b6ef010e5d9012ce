import express from 'express'
import { afterEach, describe, expect, it } from 'vitest'
import { defineExecutor } from '../../executors/index.ts'
import { FlowError, type Logger, silent } from '../../proto/index.ts'
import { type Served, startGateway } from '../../tests/e2e/peers/gateway.ts'
import { handshake, RawPeer } from '../../tests/e2e/peers/raw.ts'
import { WebSocketPeer } from '../../tests/e2e/peers/websocket.ts'
import type { GatewayOptions, GatewayParts, Middleware } from '../index.ts'

const Echo = defineExecutor({
  name: 'Echo',
  requests: {
    '/echo': (docs) => {
      for (const doc of docs) doc.text += '!'
    },
  },
})

let served: Served
afterEach(() => served.close())

const serve = async (options: GatewayOptions, more?: Omit<GatewayParts, 'nodes'>) => {
  served = await startGateway({ protocol: ['http', 'websocket', 'graphql'], ...options }, Echo, more)
  return `http://127.0.0.1:${served.port}`
}

const echo = (headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ data: [{ text: 'a' }], execEndpoint: '/echo' }),
})

/** What comes back for these bytes until the connection ends. */
const raw = async (text: string) => {
  const peer = new RawPeer(served.port)
  peer.write(text)
  await peer.closed
  return peer.text
}

const get = (path: string, headers: string) => raw(`GET ${path} HTTP/1.1\r\nConnection: close\r\n${headers}\r\n\r\n`)

describe('CORS', () => {
  const origin = { origin: 'https://app.example' }
  const asked = { ...origin, 'access-control-request-method': 'POST' }

  it('answers preflights as Starlette: what is allowed, or what is not', async () => {
    const url = await serve({
      cors: {
        origins: ['https://app.example'],
        credentials: false,
        methods: ['GET', 'POST'],
        headers: ['X-B'],
        maxAgeMs: 60_000,
      },
    })
    const preflight = async (headers: Record<string, string>) => {
      const response = await fetch(`${url}/post`, { method: 'OPTIONS', headers })
      return [response.status, await response.text(), response.headers.get('access-control-allow-origin')]
    }
    const response = await fetch(`${url}/post`, { method: 'OPTIONS', headers: asked })
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'Accept, Accept-Language, Content-Language, Content-Type, X-B',
      'access-control-max-age': '60',
      vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network',
    })
    expect(await preflight({ ...asked, 'access-control-request-headers': 'content-type, x-b' })).toEqual([
      200,
      'OK',
      'https://app.example',
    ])
    expect(await preflight({ ...asked, origin: 'https://evil.example' })).toEqual([400, 'Disallowed CORS origin', null])
    const wrong = { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-c' }
    expect(await preflight({ ...asked, ...wrong })).toEqual([
      400,
      'Disallowed CORS method, headers',
      'https://app.example',
    ])
  })

  it('lets a whole origin match a pattern', async () => {
    const url = await serve({ cors: { originPattern: 'https://\\w+\\.example' } })
    const allowed = async (origin: string) =>
      (await fetch(`${url}/status`, { headers: { origin } })).headers.get('access-control-allow-origin')
    expect(await allowed('https://app.example')).toBe('https://app.example')
    expect(await allowed('https://app.example.evil')).toBeNull()
  })

  it('is outside of everything: refusals by tokens, by limits and by deadlines can be read too', async () => {
    const url = await serve({ cors: true, auth: { token: 't' }, timeoutMs: 5000 })
    const refused = await fetch(`${url}/post`, echo(origin))
    // any page may ask with a token, none with what a browser remembers
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, '*'])
    expect(refused.headers.get('access-control-allow-credentials')).toBeNull()
    const late = await fetch(
      `${url}/post`,
      echo({ ...origin, authorization: 'Bearer t', 'sluice-timeout-ms': '0.001' }),
    )
    expect([late.status, late.headers.get('access-control-allow-origin')]).toEqual([504, '*'])
    // who asks beforehand cannot prove anything yet
    expect((await fetch(`${url}/post`, { method: 'OPTIONS', headers: asked })).status).toBe(200)
    // one who asks for nothing is no preflight
    expect((await fetch(`${url}/post`, { method: 'OPTIONS', headers: origin })).status).toBe(401)
  })

  it('adds to what a page varies by', async () => {
    const url = await serve({ cors: ['https://app.example'] })
    expect((await fetch(url, { headers: origin })).headers.get('vary')).toBe('Accept, Origin')
  })
})

describe('trusted hosts', () => {
  it('refuse requests for others, and WebSockets too', async () => {
    await serve({ trustedHosts: ['example.com', '*.example.org', '[::1]'] })
    const status = async (host: string) => (await get('/status', `Host: ${host}`)).split(' ')[1]
    for (const host of ['example.com', 'EXAMPLE.com:8080', 'a.example.org', 'b.a.example.org:1', '[::1]:80']) {
      expect(await status(host), host).toBe('200')
    }
    for (const host of ['evil.com', 'example.org', 'example.com.evil', 'evilexample.org', 'example.com@evil', '']) {
      expect(await status(host), host).toBe('400')
    }
    expect(await raw(handshake('/'))).toMatch(/^HTTP\/1.1 400 [\s\S]*Invalid host header$/)
  })

  it('let probes pass, which know an address alone', async () => {
    await serve({ trustedHosts: ['example.com'], httpsRedirect: true })
    expect(await get('/readyz', 'Host: 10.0.0.1')).toMatch(/^HTTP\/1.1 200 /)
  })
})

describe('the HTTPS redirect', () => {
  it('sends plain HTTP away with 307, and WebSockets to wss', async () => {
    await serve({ httpsRedirect: true })
    const location = async (path: string, host: string) =>
      /^HTTP\/1.1 307 [\s\S]*location: (.*)\r\n/i.exec(await get(path, `Host: ${host}`))?.[1]
    expect(await location('/a?b=c', 'example.com:80')).toBe('https://example.com/a?b=c')
    expect(await location('//evil.com', 'example.com:8080')).toBe('https://example.com:8080//evil.com')
    expect(await location('http://evil.com/x', 'example.com')).toBe('https://example.com/x')
    expect(await raw(handshake('/'))).toMatch(/location: wss:\/\/x\/\r\n/)
  })

  it('believes the proxy before, and has another status if told so', async () => {
    const url = await serve({ httpsRedirect: 308 })
    expect((await fetch(`${url}/status`, { redirect: 'manual' })).status).toBe(308)
    expect((await fetch(`${url}/status`, { headers: { 'x-forwarded-proto': 'https' } })).status).toBe(200)
  })
})

describe('middleware', () => {
  const serveBehind = (middleware: Middleware, options: GatewayOptions = {}, logger: Logger = silent) =>
    serve(options, { middleware: [middleware], logger })

  const named =
    (name: string): Middleware =>
    async (_request, next) => {
      const answer = await next()
      answer.headers.append('x-mw', name)
      return answer
    }

  it('stands around everything, the first outermost', async () => {
    const url = await serve({}, { middleware: [named('first'), named('second')] })
    for (const path of ['/status', '/docs', '/livez', '/nothing', '/graphql?query={__typename}']) {
      expect((await fetch(url + path)).headers.get('x-mw'), path).toBe('second, first')
    }
    const response = await fetch(`${url}/post`, echo())
    expect(response.headers.get('x-mw')).toBe('second, first')
    expect(await response.json()).toMatchObject({ data: [{ text: 'a!' }] })
  })

  it('may answer by itself, change the status, and change what is asked', async () => {
    const url = await serveBehind(async (request, next) => {
      if (request.headers['x-block']) return new Response('blocked', { status: 403 })
      if (request.url === '/old') request.url = '/status'
      const answer = await next()
      if (answer.status === 404) answer.status = 410
      return answer
    })
    const blocked = await fetch(`${url}/post`, echo({ 'x-block': '1' }))
    expect([blocked.status, await blocked.text()]).toEqual([403, 'blocked'])
    expect((await fetch(`${url}/nothing`)).status).toBe(410)
    expect(await (await fetch(`${url}/old`)).json()).toHaveProperty('jina')
  })

  it('replaces an answer that had begun, and what was written of it goes nowhere', async () => {
    const url = await serveBehind(async (_request, next) => {
      await next()
      return Response.json({ mine: true })
    })
    for (const path of ['/status', '/docs']) {
      const response = await fetch(url + path)
      expect([await response.json(), response.headers.get('etag')]).toEqual([{ mine: true }, null])
    }
  })

  it('lets streams flow as they come', async () => {
    const url = await serve({ compression: true }, { middleware: [named('one')] })
    const response = await fetch(`${url}/post`, echo({ accept: 'text/event-stream' }))
    expect(response.headers.get('x-mw')).toBe('one')
    expect(await response.text()).toMatch(/^event: done\ndata: /)
    // and large files, which wait for room
    const script = await fetch(`${url}/docs/swagger-ui-bundle.js`)
    expect((await script.text()).length).toBeGreaterThan(500_000)
  })

  it('that fails is a 500 that says nothing of why; a FlowError says its own', async () => {
    const logged: object[] = []
    const log = (fields: object) => void logged.push(fields)
    const careless: Middleware = (request, next) => {
      if (request.url === '/secret') throw new Error('password is 1234')
      if (request.url === '/own') throw new FlowError('UNAVAILABLE', 'closed on Sundays')
      if (request.url === '/late') return next().then(() => Promise.reject(new Error('after')))
      return undefined as never
    }
    const url = await serveBehind(careless, {}, { debug() {}, info() {}, warn: log, error: log })
    const told = async (path: string) => {
      const response = await fetch(url + path)
      return [response.status, ((await response.json()) as { detail: string }).detail]
    }
    expect(await told('/secret')).toEqual([500, '[internal] a middleware failed'])
    expect(logged).toEqual([{ err: expect.objectContaining({ message: 'password is 1234' }) }])
    expect(await told('/own')).toEqual([503, '[unavailable] closed on Sundays'])
    expect(await told('/late')).toEqual([500, '[internal] a middleware failed'])
    expect(await told('/nothing')).toEqual([500, expect.stringContaining('return what next() gives')])
  })

  it('sees handshakes, and may refuse them', async () => {
    const seen: (number | undefined)[] = []
    await serveBehind(async (request, next) => {
      if (request.url?.includes('no')) return new Response('not you', { status: 403 })
      const answer = await next()
      seen.push(answer.status)
      return answer
    })
    const peer = await WebSocketPeer.open(served.port)
    await peer.send({ data: [{ text: 'a' }], execEndpoint: '/echo' }).received(1)
    expect(peer.json[0]?.data[0]?.text).toBe('a!')
    peer.socket.terminate()
    expect(seen).toEqual([101])
    expect(await raw(handshake('/?no'))).toMatch(/^HTTP\/1.1 403 [\s\S]*not you/)
  })

  it('of Express puts all routes behind Express, and a line of the log says what that costs', async () => {
    const lines: string[] = []
    const log = (_fields: object, message = '') => void lines.push(message)
    const router = express.Router()
    router.use((request, response, next) => {
      response.set('x-express', request.path)
      if (request.query.no) response.status(402).json({ pay: true })
      else next()
    })
    const url = await serve(
      {},
      {
        logger: { debug() {}, info() {}, warn: log, error: log },
        middleware: [named('native'), router, express.json(), named('inner')],
      },
    )
    expect(lines).toEqual([expect.stringMatching(/Express middleware stands before all routes.*CPU/)])
    const response = await fetch(`${url}/post`, echo())
    expect([response.headers.get('x-express'), response.headers.get('x-mw')]).toEqual(['/post', 'inner, native'])
    // the body has been read by Express's parser
    expect(await response.json()).toMatchObject({ data: [{ text: 'a!' }] })
    expect((await fetch(`${url}/status?no=1`)).status).toBe(402)
    const wrong = await fetch(`${url}/post`, { ...echo(), body: '{' })
    expect([wrong.status, await wrong.json()]).toEqual([400, { detail: expect.stringContaining('JSON') }])
    // handshakes too
    expect(await raw(handshake('/?no=1'))).toMatch(/^HTTP\/1.1 402 /)
    const peer = await WebSocketPeer.open(served.port)
    await peer.send({ data: [{ text: 'a' }], execEndpoint: '/echo' }).received(1)
    peer.socket.terminate()
  })
})
