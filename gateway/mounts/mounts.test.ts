import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { defineExecutor } from '../../executors/index.ts'
import { type Logger, silent } from '../../proto/index.ts'
import { type Served, startGateway } from '../../tests/e2e/peers/gateway.ts'
import { handshake, RawPeer } from '../../tests/e2e/peers/raw.ts'
import type { GatewayOptions, Mount } from '../index.ts'

const Sample = defineExecutor({ name: 'Sample', requests: { '/v1/models/iris': () => {} } })

let served: Served
let upstream: Server | undefined
afterEach(async () => {
  await served.close()
  upstream?.closeAllConnections()
  upstream?.close()
  upstream = undefined
})

const serve = async (mounts: readonly Mount[], options: GatewayOptions = {}, logger: Logger = silent) => {
  served = await startGateway({ protocol: ['http', 'websocket'], ...options }, Sample, { mounts, logger })
  return `http://127.0.0.1:${served.port}`
}

const listen = async (server: Server) => {
  upstream = server
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const told = async (url: string, init?: RequestInit) => {
  const response = await fetch(url, init)
  return [response.status, await response.json()]
}

const raw = async (text: string) => {
  const peer = new RawPeer(served.port)
  peer.write(text)
  await peer.closed
  return peer.text
}

/** What a WebSocket is told first, having said something. */
const say = (path: string, text: string) =>
  new Promise<string>((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${served.port}${path}`)
    socket.once('open', () => socket.send(text))
    socket.once('error', ({ message }) => resolve(message))
    socket.once('message', (data) => {
      resolve(String(data))
      socket.terminate()
    })
  })

const echo = () => {
  const sockets = new WebSocketServer({ noServer: true })
  sockets.on('connection', (socket, request) => {
    socket.on('message', (data) => socket.send(`${request.url} ${data}`))
  })
  return sockets
}

describe('an Express app', () => {
  it('is asked below its path, as if Express had mounted it, and shadows no API', async () => {
    const app = express()
    app.get('/where', ({ url, baseUrl, originalUrl }, response) => void response.json({ url, baseUrl, originalUrl }))
    app.post('/body', express.json(), ({ body }, response) => void response.json(body))
    app.get('/throws', () => {
      throw new Error('the password is 1234')
    })
    const logged: object[] = []
    const url = await serve(
      [{ path: '/v1', app }],
      { exposeEndpoints: { '/v1/models/iris': {} } },
      { ...silent, error: (fields) => void logged.push(fields) },
    )
    expect(await told(`${url}/v1/where?a=1`)).toEqual([
      200,
      { url: '/where?a=1', baseUrl: '/v1', originalUrl: '/v1/where?a=1' },
    ])
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"data":[]}' }
    expect(await told(`${url}/v1/body`, post)).toEqual([200, { data: [] }])
    expect(await told(`${url}/v1/models/iris`, post)).toEqual([200, expect.objectContaining({ data: [] })])
    expect((await fetch(`${url}/v1/models/iris`)).status).toBe(405)
    expect(await told(`${url}/v1/nothing`)).toEqual([404, { error: 'there is no /v1/nothing' }])
    expect(await told(`${url}/v1/throws`)).toEqual([500, { error: 'the app at /v1 failed' }])
    expect(logged).toHaveLength(1)
    expect(await told(`${url}/v12`)).toEqual([404, { detail: 'Not Found' }])
  })

  it('at / gets what no API takes', async () => {
    const app = express()
    app.use(({ path }, response) => void response.json({ mine: path }))
    const url = await serve([{ path: '/', app }], { static: [] })
    expect(await told(`${url}/any/thing`)).toEqual([200, { mine: '/any/thing' }])
    for (const path of ['/status', '/openapi.json']) expect(await told(url + path)).not.toEqual([200, { mine: path }])
    expect(await told(url)).toEqual([200, {}])
  })
})

describe('a Fetch handler', () => {
  it('is given the request below its path, and its body', async () => {
    const app = async (request: Request) =>
      Response.json(
        {
          url: request.url,
          method: request.method,
          body: await request.text(),
          prefix: request.headers.get('x-forwarded-prefix'),
        },
        {
          status: 201,
          headers: [
            ['set-cookie', 'a=1'],
            ['set-cookie', 'b=2'],
          ],
        },
      )
    const url = await serve([
      { path: '/hono', app },
      { path: '/other', app: { fetch: app } },
    ])
    const response = await fetch(`${url}/hono/x?y=z`, { method: 'PUT', body: 'text' })
    expect([response.status, response.headers.getSetCookie()]).toEqual([201, ['a=1', 'b=2']])
    expect(await response.json()).toEqual({ url: `${url}/x?y=z`, method: 'PUT', body: 'text', prefix: '/hono' })
    expect(await told(`${url}/other`)).toEqual([201, expect.objectContaining({ url: `${url}/`, method: 'GET' })])
  })

  it('is told by its signal when the time has passed, or the caller left', async () => {
    const signals: AbortSignal[] = []
    const app = ({ signal }: Request) =>
      new Promise<Response>(() => {
        signals.push(signal)
      })
    const url = await serve([
      { path: '/v1', app, options: { timeoutMs: 50 } },
      { path: '/v2', app },
    ])
    expect(await told(`${url}/v1/x`)).toEqual([504, { error: 'Not able to process the request in 0.05 seconds' }])
    expect(signals[0]?.aborted).toBe(true)
    const leave = new AbortController()
    const left = fetch(`${url}/v2/x`, { signal: leave.signal }).catch(() => {})
    await expect.poll(() => signals.length).toBe(2)
    leave.abort()
    await left
    await expect.poll(() => signals[1]?.aborted).toBe(true)
  })
})

describe('a Node handler', () => {
  it('that answers when its time has passed harms nobody', async () => {
    const late: (() => void)[] = []
    const app = (_request: unknown, response: ServerResponse) => {
      late.push(() => response.setHeader('a', 'b').writeHead(200).end('late'))
    }
    const url = await serve([{ path: '/v1', app, options: { timeoutMs: 30 } }])
    expect((await told(`${url}/v1`))[0]).toBe(504)
    late[0]?.()
    expect((await told(`${url}/v1`))[0]).toBe(504)
  })

  it('takes WebSockets by its upgrade, beside the gateway’s own', async () => {
    const sockets = echo()
    const upgrade: NonNullable<Mount['options']>['upgrade'] = (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, (connected) => sockets.emit('connection', connected, request))
    await serve([{ path: '/chat', app: (_request, response) => void response.end(), options: { upgrade } }])
    expect(await say('/chat/room?a=1', 'hey')).toBe('/room?a=1 hey')
    expect(await say('/dry_run', '')).toBe('{}')
    expect(await raw(handshake('/elsewhere'))).toMatch(/^HTTP\/1.1 404 /)
  })
})

describe('an app that listens elsewhere', () => {
  it('is told who asks, and which prefix was taken off', async () => {
    const target = await listen(
      createServer(({ url, headers }, response) => response.end(JSON.stringify({ url, headers }))),
    )
    const url = await serve([{ path: '/app', app: { proxy: `${target}/base` } }], {
      auth: { tokens: { alice: 'aaa' } },
    })
    const headers = {
      authorization: 'Bearer aaa',
      'x-forwarded-for': '10.0.0.1',
      'x-forwarded-user': 'root',
      'x-forwarded-prefix': '/evil',
    }
    expect(await told(`${url}/app/x?y`, { headers })).toEqual([
      200,
      {
        url: '/base/x?y',
        headers: expect.objectContaining({
          'x-forwarded-prefix': '/app',
          'x-forwarded-for': '10.0.0.1, 127.0.0.1',
          'x-forwarded-proto': 'http',
          'x-forwarded-host': url.slice('http://'.length),
          'x-forwarded-user': 'alice',
        }),
      },
    ])
    // nobody comes to it without a token, and nobody leaves what is mounted
    expect(await told(`${url}/app/x`)).toEqual([401, { error: expect.stringContaining('no credentials') }])
    for (const path of [
      '/app/../admin',
      '/app/%2e%2E/admin',
      '/app/a/.%2e',
      '/app/..%2fadmin',
      '/app/..;/admin',
      '/app/x%5C..',
    ]) {
      const request = `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer aaa\r\nConnection: close\r\n\r\n`
      expect(await raw(request), path).toMatch(/^HTTP\/1.1 404 /)
    }
    expect((await told(`${url}/app/x?to=../y`, { headers }))[0]).toBe(200)
    expect(await raw(handshake('/app/ws'))).toMatch(/^HTTP\/1.1 401 /)
  })

  it('streams both ways, and speaks WebSocket', async () => {
    const server = createServer((request, response) => request.pipe(response.writeHead(200)))
    const sockets = echo()
    server.on('upgrade', (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (connected) => sockets.emit('connection', connected, request))
    })
    const url = await serve([{ path: '/app', app: { proxy: await listen(server) } }])
    const body = Buffer.alloc(3_000_000, 'x')
    const response = await fetch(`${url}/app/echo`, { method: 'POST', body })
    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true)
    expect(await say('/app/ws', 'hey')).toBe('/ws hey')
    // one side that ends takes the other with it
    await expect.poll(() => sockets.clients.size).toBe(0)
  })

  it('that is not there is a 503, for a WebSocket too; one that does not answer is a 504, and left', async () => {
    const gone = await listen(createServer())
    upstream?.close()
    let closed = false
    const target = await listen(createServer((request) => void request.on('close', () => (closed = true))))
    const url = await serve([
      { path: '/gone', app: { proxy: gone } },
      { path: '/silent', app: { proxy: target }, options: { timeoutMs: 50 } },
    ])
    expect(await told(`${url}/gone`)).toEqual([503, { error: expect.stringContaining('cannot be reached') }])
    expect(await raw(handshake('/gone'))).toMatch(/^HTTP\/1.1 503 /)
    expect((await told(`${url}/silent`))[0]).toBe(504)
    await expect.poll(() => closed).toBe(true)
  })
})

describe('mounts', () => {
  it('refuse what is too much with 429, and leave the APIs alone', async () => {
    const go: (() => void)[] = []
    const app = () => new Promise<Response>((resolve) => go.push(() => resolve(Response.json('done'))))
    const url = await serve([{ path: '/v1', app: { fetch: app }, options: { maxConcurrency: 1 } }], { cors: true })
    const first = told(`${url}/v1`)
    await expect.poll(() => go.length).toBe(1)
    const refused = await fetch(`${url}/v1`, { headers: { origin: 'https://a.example' } })
    expect([refused.status, refused.headers.get('retry-after'), await refused.text()]).toEqual([
      429,
      '1',
      '{"error":"Too many requests"}',
    ])
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://a.example')
    expect((await fetch(`${url}/status`)).status).toBe(200)
    go[0]?.()
    expect(await first).toEqual([200, 'done'])
  })

  it('the longer path wins', async () => {
    const at = (name: string) => (_request: Request) => Response.json(name)
    const url = await serve([
      { path: '/a', app: at('a') },
      { path: '/a/b/', app: at('b') },
    ])
    expect(await told(`${url}/a/b/c`)).toEqual([200, 'b'])
    expect(await told(`${url}/a/bc`)).toEqual([200, 'a'])
  })

  it.each([
    ['v1', /no path/],
    ['/a b', /no path/],
    ['/livez', /server's own/],
    ['/twice', /already/],
  ])('are refused at %s', async (path, reason) => {
    const app = (_request: Request) => new Response()
    const twice = { path: '/twice', app }
    await expect(startGateway({ protocol: 'http' }, Sample, { mounts: [twice, { path, app }] })).rejects.toThrow(reason)
  })

  it('that are no app, or where HTTP is not spoken, are refused', async () => {
    const start = (mount: unknown, protocol: 'http' | 'grpc' = 'http') =>
      startGateway({ protocol }, Sample, { mounts: [mount as Mount] })
    await expect(start({ path: '/v1', app: () => new Response() })).rejects.toThrow(/that is no app\. Give/)
    await expect(start({ path: '/v1', app: { proxy: 'nowhere' } })).rejects.toThrow(/nowhere is no address/)
    await expect(start({ path: '/v1', app: { proxy: 'http://x' } }, 'grpc')).rejects.toThrow(/Add "http"/)
  })
})
