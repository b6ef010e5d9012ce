import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { defineExecutor } from '../../../executors/index.ts'
import { Flow, type FlowOptions, type RunningFlow } from '../../../flows/index.ts'
import { FlowError, silent } from '../../../proto/index.ts'
import { Gateway } from '../../gateway.ts'

const stopped: unknown[] = []

const Sample = defineExecutor({
  name: 'Sample',
  requests: {
    '/echo': () => {},
    '/slow': () => new Promise((resolve) => setTimeout(resolve, 150)),
    '/never': (_docs, { signal }) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          stopped.push((signal.reason as FlowError).codeName)
          reject(signal.reason)
        }),
      ),
    '/header': (docs, { metadata, caller }) => {
      for (const document of docs)
        document.tags = { asked: metadata.get('x-ask') ?? null, from: caller?.address ?? null }
    },
  },
})

let flow: RunningFlow
afterEach(() => flow?.close())

async function serve(options: FlowOptions = {}): Promise<string> {
  flow = await new Flow({ protocol: 'http', host: '127.0.0.1', logger: silent, ...options })
    .add({ uses: Sample })
    .start()
  return `http://127.0.0.1:${flow.port}`
}

const post = (url: string, body: object, headers = {}) =>
  fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  })

describe('HTTP', () => {
  it('gives endpoints routes of their own by exposeEndpoints, with the methods that they name', async () => {
    const url = await serve({
      exposeEndpoints: { '/echo': { httpPath: '/my/echo', methods: ['POST', 'PUT'], summary: 'Echo' } },
      noCrudEndpoints: true,
      noDebugEndpoints: true,
    })
    expect(await (await post(`${url}/my/echo`, { data: [{ text: 'x' }] })).json()).toMatchObject({
      header: { execEndpoint: '/echo' },
      data: [{ text: 'x' }],
    })
    expect((await fetch(`${url}/my/echo`)).headers.get('allow')).toBe('POST, PUT')
    for (const path of ['/post', '/index', '/status', '/dry_run'])
      expect((await post(`${url}${path}`, {})).status).toBe(404)
    expect(await (await fetch(`${url}/`)).json()).toEqual({})
    const { paths } = (await (await fetch(`${url}/docs.json`)).json()) as { paths: Record<string, object> }
    expect(Object.keys(paths)).toEqual(['/', '/my/echo'])
  })

  it('answers browsers of other origins only if told to', async () => {
    const origin = { origin: 'https://app.example' }
    const closed = await serve()
    expect((await post(`${closed}/post`, {}, origin)).headers.get('access-control-allow-origin')).toBeNull()
    await flow.close()
    const open = await serve({ cors: ['https://app.example'] })
    expect((await post(`${open}/post`, {}, origin)).headers.get('access-control-allow-origin')).toBe(
      'https://app.example',
    )
    const preflight = await fetch(`${open}/post`, {
      method: 'OPTIONS',
      headers: { ...origin, 'access-control-request-method': 'POST' },
    })
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([
      200,
      expect.stringContaining('POST'),
    ])
    expect(
      (await post(`${open}/post`, {}, { origin: 'https://evil.example' })).headers.get('access-control-allow-origin'),
    ).toBeNull()
  })

  it('answers 504 with the envelope when the deadline passes, on every route, and stops the executor', async () => {
    const url = await serve({ timeoutMs: 50, exposeEndpoints: { '/never': {} } })
    stopped.length = 0
    for (const [path, body] of [
      ['/post', { execEndpoint: '/never' }],
      ['/never', {}],
    ] as const) {
      const response = await post(`${url}${path}`, { ...body, data: [{ text: 'mine' }] })
      expect(response.status).toBe(504)
      const { header, data } = (await response.json()) as {
        header: { status: { code: number; description: string } }
        data: { text: string }[]
      }
      expect([header.status.code, data[0]?.text]).toEqual([1, 'mine'])
      expect(header.status.description).toMatch(/deadline.*timeoutMs/)
    }
    expect(stopped).toEqual(['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED'])
  })

  it('answers 503 with the envelope, on every route, where an executor cannot be reached', async () => {
    const send = () => Promise.reject(new FlowError('UNAVAILABLE', 'nobody there', { executor: 'gone' }))
    const connection = { send, endpoints: undefined, ready: false, close: async () => {} }
    const gateway = new Gateway({ protocol: 'http', host: '127.0.0.1' }, { nodes: [{ name: 'gone', connection }] })
    await gateway.start()
    const url = `http://127.0.0.1:${gateway.ports.http}`
    for (const path of ['/post', '/index']) {
      const response = await post(`${url}${path}`, { data: [{ text: 'mine' }] })
      expect(response.status).toBe(503)
      const status = {
        code: 1,
        description: expect.stringMatching(/nobody there.*"gone"/),
        exception: expect.objectContaining({ executor: 'gone' }),
      }
      expect(await response.json()).toMatchObject({ header: { status }, data: [{ text: 'mine' }] })
    }
    expect(await (await fetch(`${url}/dry_run`)).json()).toMatchObject({ code: 1, exception: { name: 'UNAVAILABLE' } })
    await gateway.close()
  })

  it('stops the executor when the caller leaves', async () => {
    const url = await serve()
    stopped.length = 0
    const body = JSON.stringify({ execEndpoint: '/never' })
    const socket = connect(flow.port, '127.0.0.1')
    socket.write(
      `POST /post HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.destroy()
    await expect.poll(() => stopped).toEqual(['CANCELLED'])
    expect((await post(`${url}/post`, {})).status).toBe(200)
  })

  it('finishes what runs before it closes, and does not wait for connections that are only kept alive', async () => {
    const url = await serve()
    await (await post(`${url}/post`, {})).json()
    const running = post(`${url}/post`, { execEndpoint: '/slow', data: [{ text: 'last' }] })
    await new Promise((resolve) => setTimeout(resolve, 30))
    const closing = flow.close()
    expect(await (await running).json()).toMatchObject({ data: [{ text: 'last' }] })
    await closing
    await expect(post(`${url}/post`, {})).rejects.toThrow()
  })

  it('does not wait for connections that were opened ahead and never used', async () => {
    const long = 600_000
    await serve({ handshakeTimeoutMs: long, graceMs: long })
    const socket = connect(flow.port, '127.0.0.1')
    const ended = new Promise((resolve) => socket.once('close', resolve))
    await new Promise((resolve) => socket.once('connect', resolve))
    await Promise.all([flow.close(), ended])
  })

  it('gives executors the headers and the caller', async () => {
    const url = await serve()
    const response = await post(`${url}/post`, { execEndpoint: '/header', data: [{}] }, { 'X-Ask': 'why' })
    expect(await response.json()).toMatchObject({ data: [{ tags: { asked: 'why', from: '127.0.0.1' } }] })
  })

  it('sends people to the page, and clients an empty object', async () => {
    const url = await serve()
    const forPeople = await fetch(`${url}/`, { headers: { accept: 'text/html' }, redirect: 'manual' })
    expect([forPeople.status, forPeople.headers.get('location'), forPeople.headers.get('vary')]).toEqual([
      302,
      '/docs',
      'Accept',
    ])
    expect(await (await fetch(`${url}/`)).text()).toBe('{}')
  })
})
