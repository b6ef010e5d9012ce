import { credentials, Client as GrpcClient, Metadata, type ServiceError } from '@grpc/grpc-js'
import { afterEach, describe, expect, it } from 'vitest'
import { type Context, defineExecutor } from '../../executors/index.ts'
import {
  DataRequest,
  Document,
  DocumentArray,
  decodeRequest,
  encodeRequest,
  FlowError,
  type Logger,
  silent,
} from '../../proto/index.ts'
import { type Served, startGateway } from '../../tests/e2e/peers/gateway.ts'
import { frame, handshake, RawPeer } from '../../tests/e2e/peers/raw.ts'
import { WebSocketPeer } from '../../tests/e2e/peers/websocket.ts'
import type { GatewayOptions } from '../index.ts'

const Who = defineExecutor({
  name: 'Who',
  requests: {
    '/who': (docs: DocumentArray, { caller }: Context) => {
      for (const doc of docs) doc.text = caller?.principal ?? 'nobody'
    },
  },
})

let served: Served
afterEach(() => served.close())

const serve = async (auth: GatewayOptions['auth'], options: GatewayOptions = {}, logger: Logger = silent) => {
  served = await startGateway({ protocol: ['http', 'websocket', 'graphql', 'grpc'], auth, ...options }, Who, { logger })
  return `http://127.0.0.1:${served.port}`
}

const who = { data: [{ text: '' }], execEndpoint: '/who' }

const ask = (url: string, authorization?: string) =>
  fetch(`${url}/post`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
    body: JSON.stringify(who),
  })

/** The first request of a connection, as bytes, and what comes back until it ends. */
const raw = async (...texts: string[]) => {
  const peer = new RawPeer(served.port)
  for (const text of texts) peer.write(text)
  await peer.closed
  return peer.text
}

/** One unary call; its answer or its error. */
const call = async (path: string, metadata: Record<string, string> = {}): Promise<Buffer | ServiceError> => {
  const client = new GrpcClient(`127.0.0.1:${served.gateway.ports.grpc}`, credentials.createInsecure())
  const header = new Metadata()
  for (const [name, value] of Object.entries(metadata)) header.set(name, value)
  const asIs = (bytes: Buffer) => bytes
  const body = Buffer.from(
    path.startsWith('/jina')
      ? encodeRequest(
          new DataRequest({ header: { execEndpoint: '/who' }, docs: new DocumentArray([new Document('')]) }),
        )
      : [],
  )
  try {
    return await new Promise((resolve) =>
      client.makeUnaryRequest(path, asIs, asIs, body, header, (error, answer) => resolve(error ?? (answer as Buffer))),
    )
  } finally {
    client.close()
  }
}

const single = '/jina.JinaSingleDataRequestRPC/process_single_data'

describe('a token', () => {
  const auth = { tokens: { alice: 'aaa', bob: 'bbb' } }

  it('lets its owner in on every protocol, and executors see who it is', async () => {
    const url = await serve(auth)
    expect(await (await ask(url, 'Bearer aaa')).json()).toMatchObject({ data: [{ text: 'alice' }] })
    expect(await (await ask(url, 'bearer bbb')).json()).toMatchObject({ data: [{ text: 'bob' }] })

    const headers = { authorization: 'Bearer bbb' }
    const query = encodeURIComponent('{docs(data:{text:""},execEndpoint:"/who"){text}}')
    const graphql = await fetch(`${url}/graphql?query=${query}`, { headers })
    expect(await graphql.json()).toMatchObject({ data: { docs: [{ text: 'bob' }] } })

    const peer = await WebSocketPeer.open(served.port, { headers })
    await peer.send(who).received(1)
    expect(peer.json[0]?.data[0]?.text).toBe('bob')
    peer.socket.terminate()

    const answer = await call(single, { authorization: 'Bearer aaa' })
    expect(decodeRequest(answer as Buffer).docs.texts).toEqual(['alice'])
  })

  it('is asked for on every path of a web port but probes, whatever the method and however it is written', async () => {
    const url = await serve(auth)
    for (const path of [
      '/',
      '/status',
      '/docs',
      '/docs/swagger-ui.css',
      '/openapi.json',
      '/metrics',
      '/nothing',
      '/post',
    ]) {
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'DELETE']) {
        expect((await fetch(url + path, { method })).status, `${method} ${path}`).toBe(401)
      }
    }
    for (const path of ['/livez', '/healthz', '/readyz?x=1']) expect((await fetch(url + path)).status, path).toBe(200)
    for (const target of [
      '/livez/',
      '/%6civez',
      '//livez',
      '/livez/../status',
      'http://x/livez',
      '/livez%3f',
      '*',
      '/LIVEZ',
    ]) {
      const line = `${target === '*' ? 'OPTIONS' : 'GET'} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
      expect(await raw(line), target).toMatch(/^HTTP\/1.1 401 /)
    }
    expect((await fetch(`${url}/livez`, { method: 'POST' })).status).toBe(401)
  })

  it('is asked for with each request of a connection', async () => {
    await serve(auth)
    const line = (more: string) => `GET /status HTTP/1.1\r\nHost: x\r\n${more}\r\n`
    const text = await raw(
      ...[
        line('Authorization: Bearer aaa\r\n'),
        'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n',
        line('Connection: close\r\n'),
      ],
    )
    expect([...text.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '200', '401'])
  })

  it('is asked for before a connection is given to WebSocket, and where one offers what nobody speaks', async () => {
    await serve(auth)
    expect(await raw(handshake('/'))).toMatch(/^HTTP\/1.1 401 [\s\S]*www-authenticate: Bearer\r\n/i)
    expect(await raw(handshake('/dry_run', 'Authorization: Bearer ccc\r\n'))).toMatch(/^HTTP\/1.1 401 /)
    const h2c = 'Connection: Upgrade, close\r\nUpgrade: h2c\r\n'
    expect(await raw(`GET /status HTTP/1.1\r\nHost: x\r\n${h2c}\r\n`)).toMatch(/^HTTP\/1.1 401 /)
  })

  it('is told from none, and refused in the words of each protocol', async () => {
    const url = await serve(auth)
    const none = await ask(url)
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(await none.json()).toEqual({
      detail: expect.stringMatching(/^\[unauthenticated\] no credentials were sent/),
    })
    for (const wrong of ['Bearer aab', 'Bearer ', 'aaa', 'Basic aaa', `Bearer ${'a'.repeat(5000)}`]) {
      expect((await ask(url, wrong)).status, wrong).toBe(401)
    }
    const wrong = await ask(url, 'Bearer ccc')
    expect(wrong.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
    const graphql = await fetch(`${url}/graphql?query={__typename}`)
    expect([graphql.status, await graphql.json()]).toEqual([
      401,
      { errors: [expect.objectContaining({ extensions: expect.objectContaining({ code: 'UNAUTHENTICATED' }) })] },
    ])
    expect(await call(single)).toMatchObject({ code: 16, details: expect.stringContaining('no credentials') })
    expect(await call('/jina.JinaInfoRPC/_status', { authorization: 'Bearer x' })).toMatchObject({ code: 16 })
    // who asks whether it is well needs none
    expect(await call('/grpc.health.v1.Health/Check')).toEqual(Buffer.from([8, 1]))
  })

  it('may be given by a person to a browser, as a password', async () => {
    const url = await serve({ token: 'secret' })
    const page = (headers: Record<string, string> = {}) =>
      fetch(`${url}/docs`, { headers: { accept: 'text/html', ...headers } })
    expect((await page()).headers.get('www-authenticate')).toMatch(/^Bearer, Basic realm=/)
    expect((await page({ authorization: `Basic ${btoa('me:secret')}` })).status).toBe(200)
    expect((await page({ authorization: `Basic ${btoa('secret:me')}` })).status).toBe(401)
  })

  it('keeps streams of gRPC out too', async () => {
    await serve(auth)
    const client = new GrpcClient(`127.0.0.1:${served.gateway.ports.grpc}`, credentials.createInsecure())
    const asIs = (bytes: Buffer) => bytes
    const request = Buffer.from(encodeRequest(new DataRequest({ header: { execEndpoint: '/who' } })))
    const outcome = (metadata: Metadata) =>
      new Promise((resolve) => {
        const stream = client.makeBidiStreamRequest('/jina.JinaRPC/Call', asIs, asIs, metadata)
        stream.on('data', (bytes: Buffer) => resolve(decodeRequest(bytes).header.status?.code ?? 0))
        stream.on('error', (error: ServiceError) => resolve(`refused ${error.code}`))
        stream.write(request)
        stream.end()
      })
    expect(await outcome(new Metadata())).toBe('refused 16')
    const known = new Metadata()
    known.set('authorization', 'Bearer aaa')
    expect(await outcome(known)).toBe(0)
    client.close()
  })
})

describe('an auth function', () => {
  it('sees what is asked for and names who asks; what it throws is the answer', async () => {
    const seen: unknown[] = []
    const url = await serve(async ({ protocol, method, path, headers, address }) => {
      seen.push([protocol, method, path, address])
      const user = headers.get('x-user')
      if (user === 'mallory') throw new FlowError('PERMISSION_DENIED', 'not you')
      return user
    })
    const get = async (user?: string) => fetch(`${url}/status?a=1`, { headers: user ? { 'x-user': user } : {} })
    expect([(await get('carol')).status, (await get()).status, (await get('mallory')).status]).toEqual([200, 401, 403])
    expect(await (await get('mallory')).json()).toEqual({ detail: '[permission_denied] not you' })
    expect(seen[0]).toEqual(['http', 'GET', '/status?a=1', '127.0.0.1'])
    expect(decodeRequest((await call(single, { 'x-user': 'carol' })) as Buffer).docs.texts).toEqual(['carol'])
    expect(await call(single, { 'x-user': 'mallory' })).toMatchObject({
      code: 7,
      details: '[permission_denied] not you',
    })
    expect(seen.at(-1)).toEqual(['grpc', 'POST', single, expect.stringContaining('127.0.0.1')])
    expect(await raw(handshake('/', 'X-User: mallory\r\n'))).toMatch(/^HTTP\/1.1 403 /)
  })

  it('may take its time: what a WebSocket says meanwhile is heard, and a caller who leaves is forgotten', async () => {
    let letIn = () => {}
    await serve(() => new Promise((resolve) => (letIn = () => resolve('carol'))))
    const peer = new RawPeer(served.port)
    peer.write(Buffer.concat([Buffer.from(handshake('/')), frame(JSON.stringify(who))]))
    peer.write(frame(JSON.stringify({ ...who, header: { requestId: 'second' } })))
    await new Promise((resolve) => setTimeout(resolve, 50))
    peer.write(frame(JSON.stringify(who)))
    expect(peer.text).toBe('')
    letIn()
    await expect.poll(() => peer.text.match(/"text":"carol"/g)?.length).toBe(3)
    peer.socket.destroy()

    const gone = new RawPeer(served.port)
    gone.write(handshake('/'))
    await new Promise((resolve) => setTimeout(resolve, 50))
    gone.socket.destroy()
    await gone.closed
    await new Promise((resolve) => setTimeout(resolve, 50))
    letIn()
  })

  it('that fails lets nobody in, and tells nobody why but the log', async () => {
    const logged: object[] = []
    const error = (fields: object) => void logged.push(fields)
    const url = await serve(
      () => {
        throw new TypeError('the database is at 10.1.1.1')
      },
      {},
      { ...silent, error },
    )
    const refused = await ask(url)
    expect([refused.status, await refused.json()]).toEqual([500, { detail: '[internal] nobody could tell who calls' }])
    expect(await call(single)).toMatchObject({ code: 13, details: '[internal] nobody could tell who calls' })
    expect(logged).toHaveLength(2)
  })
})

it('options that let nobody in, or everybody, are refused', () => {
  const start = (auth: unknown) => startGateway({ auth } as GatewayOptions, Who)
  return Promise.all(
    [{}, { token: '' }, { tokens: { a: '' } }, 'secret', { token: 'a', tokens: {} }].map((auth) =>
      expect(start(auth)).rejects.toThrow(/gateway options: auth/),
    ),
  )
})
