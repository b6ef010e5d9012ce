import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ApiContext, api, bytes, Executor } from '../../../executors/index.ts'
import { FlowError } from '../../../proto/index.ts'
import { type Served, startGateway } from '../../../tests/e2e/peers/gateway.ts'
import { RawPeer } from '../../../tests/e2e/peers/raw.ts'

let stopped: Promise<void>
class Sample extends Executor {
  @api({ stream: true, input: { n: z.int(), failAt: z.int().default(-1) }, output: z.string() })
  async *count({ n, failAt }: { n: number; failAt: number }) {
    for (let i = 0; i < n; i++) {
      if (i === failAt) throw new FlowError('INVALID_ARGUMENT', `no ${i}`)
      yield `tok${i} ż\n`
      await sleep(5)
    }
  }

  @api({ stream: true, input: { n: z.int(), failAt: z.int().default(-1) }, output: z.object({ i: z.int() }) })
  *objects({ n, failAt }: { n: number; failAt: number }) {
    for (let i = 0; i < n; i++) {
      if (i === failAt) throw new TypeError('secret')
      yield { i }
    }
  }

  @api({ stream: true, output: bytes() })
  *chunks() {
    yield new Uint8Array([0, 255])
    yield new Uint8Array([1])
  }

  @api({ stream: true, contentType: 'text/event-stream', output: z.string() })
  *framed() {
    yield 'event: own\ndata: 1\n\n'
  }

  @api({ stream: true, output: z.string() })
  async *said(_: unknown, { response }: ApiContext) {
    response.status = 201
    response.headers.set('x-said', 'yes')
    yield 'a'
  }

  @api({ stream: true, output: z.string() })
  async *endless() {
    let stop = () => {}
    stopped = new Promise((resolve) => (stop = resolve))
    try {
      for (;;) {
        yield 'x'.repeat(1000)
        await sleep(1)
      }
    } finally {
      stop()
    }
  }
}

let served: Served
beforeAll(async () => {
  served = await startGateway({ protocol: 'http', timeoutMs: 3000 }, Sample)
})
afterAll(() => served.close())

const open = (path: string, body: object, accept = '*/*') =>
  fetch(`http://127.0.0.1:${served.port}/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { accept, 'content-type': 'application/json' },
  })
const chunksOf = async (response: Response) => {
  const chunks: string[] = []
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      chunks.push(Buffer.from(chunk).toString())
    return { chunks, broken: false }
  } catch {
    return { chunks, broken: true }
  }
}

describe('a typed endpoint that streams', () => {
  it('sends each item as one write to those who ask for no format', async () => {
    const response = await open('count', { n: 3 })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8'])
    expect(await chunksOf(response)).toEqual({ chunks: ['tok0 ż\n', 'tok1 ż\n', 'tok2 ż\n'], broken: false })
  })

  it('sends objects on lines, bytes as they are, and what says its own type as it is', async () => {
    const objects = await open('objects', { n: 2 })
    expect([objects.headers.get('content-type'), await objects.text()]).toEqual([
      'application/x-ndjson',
      '{"i":0}\n{"i":1}\n',
    ])
    const chunks = await open('chunks', {})
    expect([...new Uint8Array(await chunks.arrayBuffer())]).toEqual([0, 255, 1])
    const framed = await open('framed', {}, 'text/event-stream')
    expect(await framed.text()).toBe('event: own\ndata: 1\n\n')
  })

  it('frames them as events or lines for those who ask', async () => {
    expect(await (await open('count', { n: 1 }, 'text/event-stream')).text()).toBe(
      'data: tok0 ż\ndata: \n\nevent: done\ndata: {}\n\n',
    )
    expect(await (await open('count', { n: 2 }, 'application/x-ndjson')).text()).toBe('"tok0 ż\\n"\n"tok1 ż\\n"\n')
  })

  it('may send none', async () => {
    for (const accept of ['*/*', 'application/x-ndjson']) {
      const response = await open('count', { n: 0 }, accept)
      expect([response.status, await response.text()]).toEqual([200, ''])
    }
  })

  it('answers with a status where it fails before its first item', async () => {
    for (const accept of ['*/*', 'text/event-stream', 'application/x-ndjson']) {
      const response = await open('count', { n: 3, failAt: 0 }, accept)
      expect([response.status, await response.json()]).toEqual([400, { error: 'no 0' }])
    }
    expect((await open('count', { n: 'x' })).status).toBe(400)
  })

  it('breaks off where it fails later, and nobody could tell otherwise', async () => {
    expect(await chunksOf(await open('count', { n: 3, failAt: 2 }))).toEqual({
      chunks: ['tok0 ż\n', 'tok1 ż\n'],
      broken: true,
    })
  })

  it('tells in the words of a format why it failed later', async () => {
    const events = await chunksOf(await open('count', { n: 3, failAt: 1 }, 'text/event-stream'))
    expect(events.chunks.join('')).toBe('data: tok0 ż\ndata: \n\nevent: error\ndata: {"error":"no 1","status":400}\n\n')
    const lines = await chunksOf(await open('objects', { n: 3, failAt: 1 }, 'application/x-ndjson'))
    const [, last = ''] = lines.chunks.join('').trim().split('\n')
    expect(JSON.parse(last)).toMatchObject({ status: 500, error: expect.stringContaining('server log') })
    expect(last).not.toContain('secret')
    expect(lines.broken).toBe(true)
  })

  it('sends what was said of the answer before the first item', async () => {
    const response = await open('said', {})
    expect([response.status, response.headers.get('x-said'), await response.text()]).toEqual([201, 'yes', 'a'])
  })

  it('stops when its caller leaves', async () => {
    const leaving = new AbortController()
    const response = await fetch(`http://127.0.0.1:${served.port}/endless`, {
      method: 'POST',
      body: '{}',
      signal: leaving.signal,
    })
    await response.body?.getReader().read()
    leaving.abort()
    await stopped
  })

  it('waits for a caller who does not read, and ends at the deadline', async () => {
    const peer = new RawPeer(served.port)
    peer.socket.pause()
    peer.write('POST /endless HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}')
    await sleep(100)
    await stopped
    peer.socket.destroy()
  })
})
