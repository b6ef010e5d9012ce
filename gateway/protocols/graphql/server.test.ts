import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import type { FlowOptions } from '../../../flows/index.ts'
import { Served, stopped } from '../../../tests/e2e/peers/graphql.ts'

// What HTTP carries GraphQL in.

let served: Served
const serve = async (options?: FlowOptions) => {
  stopped.length = 0
  served = await Served.flow(options)
}
afterEach(() => served[Symbol.asyncDispose]())

const echo = 'query($t: String) { docs(data: {text: $t}, execEndpoint: "/echo") { text } }'
const never = '{ docs(execEndpoint: "/never") { id } }'

describe('a body', () => {
  it('may be compressed', async () => {
    await serve()
    const body = gzipSync(JSON.stringify({ query: '{ docs(data: {text: "x"}) { text } }' }))
    expect((await served.send(body, { 'content-encoding': 'gzip' })).body.data).toEqual({ docs: [{ text: 'X' }] })
  })

  it('that is too large is refused with 413, compressed or not', async () => {
    await serve({ maxMessageBytes: 10_000 })
    const query = (text: string) => JSON.stringify({ query: echo, variables: { t: text } })
    expect((await served.send(query('x'.repeat(9_000)))).status).toBe(200)
    const large = await served.send(query('x'.repeat(10_000)))
    expect([large.status, large.body.errors?.[0]?.message]).toEqual([
      413,
      expect.stringMatching(/larger than 10000 bytes/),
    ])
    const bomb = gzipSync(query('x'.repeat(1_000_000)))
    expect((await served.send(bomb, { 'content-encoding': 'gzip' })).status).toBe(413)
  })

  it('in an encoding that nobody knows is refused with 415, and one that does not decompress with 400', async () => {
    await serve()
    expect((await served.send('{}', { 'content-encoding': 'lzma' })).status).toBe(415)
    expect((await served.send(randomBytes(100), { 'content-encoding': 'gzip' })).status).toBe(400)
  })
})

describe('time', () => {
  it('is what the header gives: an error says when it has passed, and the executor is stopped', async () => {
    await serve()
    const { status, body } = await served.ask(never, {}, { 'sluice-timeout-ms': '50' })
    expect([status, body.data]).toEqual([200, null])
    expect(body.errors).toEqual([
      expect.objectContaining({ extensions: expect.objectContaining({ code: 'DEADLINE_EXCEEDED' }) }),
    ])
    expect(stopped).toEqual(['DEADLINE_EXCEEDED'])
  })

  it('is what the flow gives where there is no header', async () => {
    await serve({ timeoutMs: 50 })
    const { body } = await served.ask(never)
    expect(body.errors?.[0]?.extensions?.code).toBe('DEADLINE_EXCEEDED')
  })

  it('is not nonsense', async () => {
    await serve()
    const { status, body } = await served.ask(never, {}, { 'sluice-timeout-ms': 'soon' })
    expect([status, body.errors?.[0]?.extensions?.code]).toEqual([400, 'INVALID_ARGUMENT'])
  })

  it('ends for the executor when the caller leaves', async () => {
    await serve()
    const leaving = new AbortController()
    const body = JSON.stringify({ query: never })
    const headers = { 'content-type': 'application/json' }
    const asked = fetch(served.url, { method: 'POST', body, headers, signal: leaving.signal })
    setTimeout(() => leaving.abort(), 50)
    await expect(asked).rejects.toThrow()
    await expect.poll(() => stopped).toEqual(['CANCELLED'])
  })
})

describe('a subscription', () => {
  it('on an endpoint without parts gives one payload, and completes', async () => {
    await serve()
    const query = 'subscription { docs(data: {text: "x"}) { text } }'
    const response = await fetch(served.url, {
      method: 'POST',
      body: JSON.stringify({ query }),
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    const events = [...(await response.text()).matchAll(/^event: (\w+)\ndata:(.*)$/gm)]
    expect(events.map(([, event]) => event)).toEqual(['next', 'complete'])
    expect(JSON.parse(events[0]?.[2] ?? '')).toMatchObject({ data: { docs: [{ text: 'X' }] } })
  })
})

describe('GraphiQL', () => {
  it('is a page for browsers that loads nothing from anywhere', async () => {
    await serve()
    const response = await fetch(served.url, { headers: { accept: 'text/html' } })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    const etag = response.headers.get('etag') as string
    const again = await fetch(served.url, { headers: { accept: 'text/html', 'if-none-match': etag } })
    expect(again.status).toBe(304)
    const page = await response.text()
    const markup = page.replace(/<(script|style)\b([^>]*)>[\s\S]*?<\/\1>/g, '<$1$2>')
    const loaded = [...markup.matchAll(/\b(?:src|href)="([^"]{0,20})/g)].map(([, from]) => from)
    expect(markup).toMatch(/<script/)
    for (const from of loaded) expect(from).toMatch(/^data:/)
    expect(page).not.toMatch(/@import|url\(["']?https?:|\bimport\(["']https?:/)
  })

  it('is not in the way of who asks for JSON, nor of paths beside it', async () => {
    await serve({ protocol: ['http', 'graphql'] })
    const found = await fetch(`${served.url}?query={docs{id}}`)
    expect(await found.json()).toMatchObject({ data: { docs: [] } })
    expect((await fetch(`${served.url}s`)).status).toBe(404)
  })
})
