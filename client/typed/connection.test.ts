import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcp } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { api, Executor } from '../../executors/index.ts'
import { Flow } from '../../flows/index.ts'
import { FlowError, silent } from '../../proto/index.ts'
import { freePorts } from '../../tests/interop/peers.ts'
import { type ConnectOptions, connect, type Submittable } from '../index.ts'

// What the typed client does towards servers that are made by hand: who asks, when it asks again, and when it gives up.

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void
interface Sample {
  readonly add: Submittable<[args: { a: number }], number>
  readonly pay: Submittable<[], number>
  readonly upload: Submittable<[args: { file: unknown }], number>
}

const schema = {
  name: 'sample',
  routes: [
    {
      name: 'add',
      route: '/add',
      is_task: true,
      input: { properties: { a: { type: 'integer' } }, required: ['a'] },
      output: { type: 'integer' },
    },
    { name: 'pay', route: '/pay', idempotent: false, input: { properties: {} }, output: { type: 'integer' } },
    {
      name: 'upload',
      route: '/upload',
      input: { properties: { file: { type: 'file' } } },
      output: { type: 'integer' },
    },
  ],
}

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

/** A service whose calls are answered by hand; `seen` has what was asked for. */
async function serve(answer: Answer, { ready = (): boolean => true, port = 0 } = {}) {
  const seen: { path: string; headers: IncomingMessage['headers'] }[] = []
  let calls = 0
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    seen.push({ path, headers: request.headers })
    if (path === '/readyz') response.writeHead(ready() ? 200 : 503).end(ready() ? '\n' : 'starting')
    else if (path === '/schema.json') response.end(JSON.stringify(schema))
    else answer(request, response, ++calls)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, calls: () => calls }
}

const answering =
  (value: unknown): Answer =>
  (_, response) =>
    void response.end(JSON.stringify(value))
const quick = { initialBackoffMs: 1, maxBackoffMs: 5 }
const service = (url: string, options: ConnectOptions = {}) => connect<Sample>(url, { retry: quick, ...options })
const refused = async (call: PromiseLike<unknown>): Promise<FlowError> =>
  Promise.resolve(call).then(() => expect.fail('not refused'), FlowError.from)

describe('who asks', () => {
  it('is told by a token on every request, the first ones too', async () => {
    const { url, seen } = await serve(answering(1))
    await using svc = service(url, { token: 'secret', headers: { 'x-tenant': 't' } })
    await svc.add({ a: 1 })
    await svc.fetch('/other')
    expect(await svc.isReady()).toBe(true)
    expect(seen.map(({ path }) => path)).toEqual(['/readyz', '/schema.json', '/add', '/other', '/readyz'])
    for (const { headers } of seen) expect([headers.authorization, headers['x-tenant']]).toEqual(['Bearer secret', 't'])
  })

  it('is told by a token that a function makes each time', async () => {
    const { url, seen } = await serve(answering(1))
    let made = 0
    await using svc = service(url, { token: async () => `t${++made}` })
    await svc.add({ a: 1 })
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer t1', 'Bearer t2', 'Bearer t3'])
  })

  it('is not told to others, of whom a file is fetched', async () => {
    const other = await serve((_, response) => response.end('file'))
    const { url } = await serve((request, response) => request.resume().on('end', () => response.end('1')))
    await using svc = service(url, { token: 'secret' })
    await svc.upload({ file: `${other.url}/a.txt` })
    expect(other.seen.map(({ path, headers }) => [path, headers.authorization])).toEqual([['/a.txt', undefined]])
  })

  it('is refused at once where the server refuses', async () => {
    const server = createServer((_, response) => response.writeHead(401).end('{"error":"who"}')).listen(0)
    servers.push(server)
    const error = await refused(service(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
    expect([error.codeName, error.details.httpStatus]).toEqual(['UNAUTHENTICATED', 401])
  })
})

describe('readiness', () => {
  it('is awaited', async () => {
    let asked = 0
    const { url } = await serve(answering(2), { ready: () => ++asked > 6 })
    await using svc = await service(url)
    expect(await svc.add({ a: 1 })).toBe(2)
  })

  it('is awaited of a server that is not there yet', async () => {
    const port = await freePorts(1)
    await using svc = service(`http://127.0.0.1:${port}`)
    expect(await svc.isReady()).toBe(false)
    const called = svc.add({ a: 1 })
    await sleep(100)
    await serve(answering(2), { port })
    expect(await called).toBe(2)
    expect(await svc.isReady()).toBe(true)
  })

  it('is given up after its time, with the last reason', async () => {
    const { url, seen } = await serve(answering(1), { ready: () => false })
    const error = await refused(service(url, { serverReadyTimeoutMs: 400 }))
    expect([error.codeName, error.reason]).toEqual(['DEADLINE_EXCEEDED', `${url} is not ready after 400 ms: starting`])
    // 50 ms, then twice as long each time, with jitter
    expect(seen.length).toBeLessThan(8)
    const nobody = `http://127.0.0.1:${await freePorts(1)}`
    expect((await refused(service(nobody, { serverReadyTimeoutMs: 100 }))).message).toMatch(/ECONNREFUSED/)
  })

  it('is not asked for where no time is given', async () => {
    const { url, seen } = await serve(answering(1), { ready: () => false })
    await using svc = service(url, { serverReadyTimeoutMs: 0 })
    await svc.add({ a: 1 })
    expect(seen.map(({ path }) => path)).toEqual(['/schema.json', '/add'])
  })

  it('is asked for again after it failed', async () => {
    let ready = false
    const { url } = await serve(answering(1), { ready: () => ready })
    await using svc = service(url, { serverReadyTimeoutMs: 50 })
    expect((await refused(svc)).codeName).toBe('DEADLINE_EXCEEDED')
    ready = true
    expect(await svc.add({ a: 1 })).toBe(1)
  })

  it('says that a port is not one of HTTP', async () => {
    const server = createTcp((socket) => socket.on('error', () => {}).end('\0\0\x06\x04\0\0\0\0\0')).listen(0)
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    expect((await refused(service(url, { serverReadyTimeoutMs: 100 }))).message).toMatch(/is it the one of gRPC/)
    server.close()
  })
})

describe('a call', () => {
  const failing =
    (times: number, status: number, headers = {}): Answer =>
    (_, response, count) =>
      count <= times ? response.writeHead(status, headers).end('{"error":"no"}') : response.end('7')

  it.each([429, 502, 503])('is made again after %i', async (status) => {
    const { url, calls } = await serve(failing(2, status))
    await using svc = service(url)
    expect([await svc.add({ a: 1 }), calls()]).toEqual([7, 3])
  })

  it('is made again as often as is said, and not where that is never', async () => {
    const { url, calls } = await serve(failing(9, 503))
    await using svc = service(url)
    expect((await refused(svc.add({ a: 1 }))).details.httpStatus).toBe(503)
    expect(calls()).toBe(3)
    await refused(svc.add({ a: 1 }, { retry: false }))
    expect(calls()).toBe(4)
    await refused(svc.add({ a: 1 }, { retry: { ...quick, maxAttempts: 2 } }))
    expect(calls()).toBe(6)
  })

  it.each([400, 404, 413, 500, 504])('is not made again after %i', async (status) => {
    const { url, calls } = await serve(failing(9, status))
    await using svc = service(url)
    expect([(await refused(svc.add({ a: 1 }))).details.httpStatus, calls()]).toEqual([status, 1])
  })

  it('is made again when the server says, and not where that is beyond its time', async () => {
    const { url, calls } = await serve(failing(1, 429, { 'retry-after': '1' }))
    await using svc = service(url)
    const start = performance.now()
    expect(await svc.add({ a: 1 })).toBe(7)
    expect(performance.now() - start).toBeGreaterThan(950)
    const later = await serve(failing(1, 503, { 'retry-after': '60' }))
    await using other = service(later.url, { timeoutMs: 5000 })
    const { details } = await refused(other.add({ a: 1 }))
    expect([details.retryAfterMs, later.calls(), calls()]).toEqual([60_000, 1, 2])
  })

  it('is made again where the connection broke off, unless that may do harm', async () => {
    const breaking: Answer = (request, response, count) => (count === 1 ? request.socket.destroy() : response.end('7'))
    const first = await serve(breaking)
    await using svc = service(first.url)
    expect(await svc.add({ a: 1 })).toBe(7)
    const second = await serve(breaking)
    await using other = service(second.url)
    expect((await refused(other.pay())).codeName).toBe('UNAVAILABLE')
    expect(second.calls()).toBe(1)
    const refusing = await serve(failing(1, 503))
    await using third = service(refusing.url)
    expect(await third.pay()).toBe(7)
  })

  it('is not made again with a stream that was read', async () => {
    const { url, calls } = await serve((request, response) =>
      request.resume().on('end', () => response.writeHead(503).end()),
    )
    await using svc = service(url)
    await refused(svc.upload({ file: new Blob(['a']).stream() }))
    expect(calls()).toBe(1)
    await refused(svc.upload({ file: new Blob(['a']) }))
    expect(calls()).toBe(4)
  })

  it('ends with its time, whatever it waits for, and tells what the last try ended with', async () => {
    const { url } = await serve(failing(99, 503))
    await using svc = service(url, { retry: { maxAttempts: 99, initialBackoffMs: 40 } })
    const error = await refused(svc.add({ a: 1 }, { timeoutMs: 300 }))
    expect([error.codeName, error.reason]).toEqual([
      'DEADLINE_EXCEEDED',
      'no answer within 300 ms; the last try ended with: no',
    ])
  })

  it('tells the service how long it may take, where that was said', async () => {
    const { url, seen } = await serve(answering(1))
    await using svc = service(url)
    await svc.add({ a: 1 })
    await svc.add({ a: 1 }, { timeoutMs: 5000 })
    const [, , silentOne, telling] = seen
    expect(silentOne?.headers['sluice-timeout-ms']).toBeUndefined()
    expect(Number(telling?.headers['sluice-timeout-ms'])).toBeGreaterThan(4000)
  })

  it('ends when the client closes', async () => {
    const { url, calls } = await serve(() => {})
    const svc = service(url)
    const pending = refused(svc.add({ a: 1 }))
    await expect.poll(calls).toBe(1)
    await svc.close()
    expect((await pending).codeName).toBe('CANCELLED')
  })

  it('is refused where the answer is not what it should be, or too large', async () => {
    const { url } = await serve((_, response) => void response.end('<html>'))
    await using svc = service(url)
    expect((await refused(svc.add({ a: 1 }))).message).toMatch(/\[internal\] add answered what is no JSON: <html>/)
    await using small = service(url, { maxMessageBytes: 1000, serverReadyTimeoutMs: 0 })
    expect((await refused(small.add({ a: 1 }))).codeName).toBe('INTERNAL')
  })
})

describe('a submitted task', () => {
  it('is not submitted twice where nobody knows whether it was', async () => {
    const { url, seen } = await serve((request) => request.socket.destroy())
    await using svc = service(url)
    expect((await refused(svc.add.submit({ a: 1 }))).codeName).toBe('UNAVAILABLE')
    expect(seen.filter(({ path }) => path === '/add/submit')).toHaveLength(1)
  })

  it('is cancelled by PUT, and asked for at its route', async () => {
    const { url, seen } = await serve((request, response) =>
      response.end(
        JSON.stringify({ task_id: 'a b', status: request.url?.includes('status') ? 'canceled' : 'in_progress' }),
      ),
    )
    await using svc = service(url)
    const task = await svc.add.submit({ a: 1 })
    await task.cancel()
    expect((await refused(task.wait())).codeName).toBe('CANCELLED')
    expect(seen.slice(2).map(({ path }) => path)).toEqual([
      '/add/submit',
      '/add/cancel?task_id=a%20b',
      '/add/status?task_id=a%20b',
    ])
  })
})

describe('a stream', () => {
  let stopped = 0
  class Streams extends Executor {
    @api({ stream: true, output: z.object({ n: z.int(), error: z.string(), status: z.int() }) })
    async *endless() {
      try {
        for (let n = 0; ; n++) yield { n, error: 'none', status: 200 }
      } finally {
        stopped++
      }
    }

    @api({ stream: true, input: { items: z.int() }, output: z.string() })
    async *failing({ items }: { items: number }) {
      for (let n = 0; n < items; n++) yield `line\n${n}`
      throw new FlowError('RESOURCE_EXHAUSTED', 'no more', { httpStatus: 507 })
    }
  }

  it('that is left early stops at the server; items that look like errors are items', async () => {
    await using flow = await new Flow({ protocol: 'http', host: '127.0.0.1', logger: silent })
      .add({ uses: Streams })
      .start()
    await using svc = connect<typeof Streams>(`http://127.0.0.1:${flow.port}`)
    const seen: number[] = []
    for await (const { n, error } of svc.endless()) {
      expect(error).toBe('none')
      if (seen.push(n) === 3) break
    }
    expect(seen).toEqual([0, 1, 2])
    await expect.poll(() => stopped).toBe(1)
    const items = svc.endless({}, { timeoutMs: 200 })
    const all = async () => {
      for await (const _ of items) await sleep(1)
    }
    expect((await refused(all())).codeName).toBe('DEADLINE_EXCEEDED')
    await expect.poll(() => stopped).toBe(2)
  })

  it('throws what it failed with after all its items, however slowly they are read', async () => {
    await using flow = await new Flow({ protocol: 'http', host: '127.0.0.1', logger: silent })
      .add({ uses: Streams })
      .start()
    await using svc = connect<typeof Streams>(`http://127.0.0.1:${flow.port}`)
    for (const delayMs of [0, 20]) {
      const seen: string[] = []
      const read = async () => {
        for await (const item of svc.failing({ items: 10 })) {
          seen.push(item)
          await sleep(delayMs)
        }
      }
      const error = await refused(read())
      expect(seen).toEqual(Array.from({ length: 10 }, (_, n) => `line\n${n}`))
      expect([error.codeName, error.reason, error.details.httpStatus]).toEqual(['INTERNAL', expect.any(String), 507])
    }
  })
})

describe('an address or an option', () => {
  it.each([
    ['localhost', {}, 'no address of a service'],
    ['ws://localhost', {}, 'no address of a service'],
    ['http://localhost?x', {}, 'no address of a service'],
    ['http://localhost', { timeoutMs: 0 }, 'timeoutMs is above 0'],
    ['http://localhost', { serverReadyTimeoutMs: -1 }, 'serverReadyTimeoutMs'],
    ['http://localhost', { tls: {} }, 'tls is for https'],
    ['http://localhost', { token: 'a', headers: { Authorization: 'b' } }, 'said twice'],
    ['http://localhost', { kind: 'grpc' as 'http' }, 'kind "grpc"'],
  ])('is refused where it is none: %s %j', (url, options, message) => {
    expect(() => connect(url, options)).toThrow(message)
  })
})
