import { request } from 'node:http'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Apart } from '../e2e/peers/apart.ts'
import { RawPeer } from '../e2e/peers/raw.ts'
import { askHttp, meanwhile } from './bystander.ts'

// What strangers send over GraphQL. The gateway is a process of its own; others are answered all the while.

const maxMessageBytes = 1_000_000
const timeoutMs = 2000
/** What V8 takes and gives back as it likes, besides twice the largest message. */
const roomBytes = 2 * maxMessageBytes + 120_000_000

let apart: Apart
let port: number
beforeAll(async () => {
  apart = await Apart.start({ protocol: ['graphql', 'http'], maxMessageBytes, timeoutMs, handshakeTimeoutMs: 500 })
  port = apart.ports.graphql
})
afterAll(() => apart.close())
afterEach(async () => {
  expect(await ask('at the end')).toBe('at the end')
  expect(apart.alive).toBe(true)
  await expect.poll(async () => (await apart.counts()).inFlightBytes).toBe(0)
})

interface Answer {
  readonly status: number
  readonly text: string
  readonly json: { data?: Record<string, unknown> | null; errors?: { message: string }[] }
}

const ask = (text: string) => askHttp(port, text)

function send(body: string | Uint8Array, headers: Record<string, string> = {}, path = '/graphql'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method: 'POST', agent: false }
    const sent = request({ ...options, headers: { 'content-type': 'application/json', ...headers } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const json = /json/.test(response.headers['content-type'] ?? '') ? JSON.parse(text) : {}
        resolve({ status: response.statusCode ?? 0, text, json })
      })
    })
    // a refused body may be cut off while it is still being sent: the answer counts
    sent.on('error', (error: NodeJS.ErrnoException) => /EPIPE|ECONNRESET/.test(error.code ?? '') || reject(error))
    sent.end(body)
  })
}

const query = (text: string, variables?: object, headers?: Record<string, string>) =>
  meanwhile(send(JSON.stringify({ query: text, variables }), headers), ask)

/** A refusal: errors that say what, and nothing that ran. */
async function refused(text: string, reason: RegExp, variables?: object): Promise<void> {
  const grown = await apart.growth(async () => {
    const { json, status } = await query(text, variables)
    expect(json.errors?.map(({ message }) => message).join()).toMatch(reason)
    expect(json.data ?? null).toBeNull()
    expect(status).toBeLessThan(500)
  })
  expect(grown).toBeLessThan(roomBytes)
}

const times = (count: number, make: (i: number) => string) => Array.from({ length: count }, (_, i) => make(i)).join(' ')
const nestedFields = (depth: number) => `{docs{${'chunks{'.repeat(depth)}id${'}'.repeat(depth)}}}`

describe('bombs of one query', () => {
  it.each<[string, string, RegExp]>([
    ['aliases', `{${times(100, (i) => `a${i}:docs{id}`)}}`, /[Aa]lias/],
    ['aliases by the thousand', `{${times(5000, (i) => `a${i}:docs{id}`)}}`, /tokens|[Aa]lias/],
    ['fields in fields', nestedFields(30), /depth/i],
    ['fields in very many fields', nestedFields(2000), /tokens|nested/],
    ['lists in lists', `{docs(data:[{tags:${'['.repeat(3000)}${']'.repeat(3000)}}]){id}}`, /nested/],
    ['objects in objects', `{docs(data:[${'{chunks:['.repeat(500)}${']}'.repeat(500)}]){id}}`, /nested/],
    ['brackets that nothing closes', '{'.repeat(100_000), /nested|tokens/],
    ['the same field', `{docs{${'id '.repeat(50_000)}}}`, /tokens/],
    ['directives', `{docs{id ${'@include(if:true) '.repeat(2000)}}}`, /tokens|directive/],
    ['tokens', `{docs(data:[${'{id:"a"},'.repeat(50_000)}]){id}}`, /tokens/],
    ['comments and commas', `{docs{id}}${','.repeat(900_000)}{`, /[Ss]yntax/],
    [
      'fragments that are each other',
      '{docs{...A}} fragment A on StrawberryDocument{...B} fragment B on StrawberryDocument{...A}',
      /itself|cannot spread/i,
    ],
    [
      'a fragment that is itself, through a field',
      '{docs{...A}} fragment A on StrawberryDocument{chunks{...A}}',
      /itself/i,
    ],
    [
      'fragments that double',
      `{docs{...F0}} ${times(40, (i) => `fragment F${i} on StrawberryDocument{chunks{...F${i + 1}} matches{...F${i + 1}}}`)} fragment F40 on StrawberryDocument{id}`,
      /depth/i,
    ],
    [
      'aliases that double',
      `{docs{...F0}} ${times(7, (i) => `fragment F${i} on StrawberryDocument{a:chunks{...F${i + 1}} b:chunks{...F${i + 1}}}`)} fragment F7 on StrawberryDocument{id}`,
      /[Aa]lias/,
    ],
    ['introspection', `{__schema{types{${'fields{type{'.repeat(60)}name${'}}'.repeat(60)}}}}`, /./],
  ])('%s are refused', (_, text, reason) => refused(text, reason), 30_000)

  it('fragments that double without getting deeper are answered at once', async () => {
    const doubling = times(60, (i) => `fragment F${i} on StrawberryDocument{...F${i + 1} ...F${i + 1}}`)
    const { json } = await query(`{docs(data:[{id:"a"}]){...F0}} ${doubling} fragment F60 on StrawberryDocument{id}`)
    expect(json.data ?? json.errors).toBeDefined()
  })
})

describe('variables', () => {
  it.each([1000, 100_000])('nested %i deep are refused', async (depth) => {
    const text = `{"query":"query($p:JSONScalar){docs(parameters:$p){id}}","variables":{"p":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}}`
    const { json } = await meanwhile(send(text), ask)
    expect(json.errors?.[0]?.message).toMatch(/nested/)
  })

  it('that are JSON text, nested deep, are refused', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    for (const variables of [{ p: `{"a":${deep}}` }, { t: `{"a":${deep}}` }]) {
      const { json } = await query(
        'query($p:JSONScalar,$t:JSONScalar){docs(parameters:$p,data:[{tags:$t}]){id}}',
        variables,
      )
      expect(json.errors?.[0]?.message).toMatch(/nested/)
    }
  })

  it('with keys that JavaScript knows change no prototype', async () => {
    const polluting = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'
    const text = `{"query":"query($t:JSONScalar){docs(data:[{id:\\"a\\",tags:$t}],parameters:$t){id tags}}","variables":{"t":${polluting},"__proto__":{"x":1}},"operationName":null}`
    const { json, text: answer } = await meanwhile(send(text), ask)
    expect(json.errors).toBeUndefined()
    expect(answer).toContain('"tags":{"__proto__":{"polluted":1}')
    expect((await query('{docs(data:[{id:"b"}]){id tags}}')).text).not.toContain('polluted')
  })

  it.each(['__proto__', 'constructor', 'toString'])('and fields of the name %s are known by nobody', async (name) => {
    expect((await query(`{${name}}`)).json.errors?.[0]?.message).toMatch(/Cannot query field|__proto__/)
    expect((await query(`query($${name}:Int){docs{id}}`, { [name]: 1 })).json.errors).toBeDefined()
    expect((await query(`{docs{id}}`, { [name]: {} })).json.data).toEqual({ docs: [] })
  })

  it('with huge numbers are answered or refused', async () => {
    for (const number of ['9'.repeat(100_000), '1e999', '-1e-999']) {
      const text = `{"query":"query($w:Float){docs(data:[{weight:$w}]){weight}}","variables":{"w":${number}}}`
      expect((await meanwhile(send(text), ask)).status).toBeLessThan(500)
    }
  })
})

describe('bodies', () => {
  it.each<[string, string | Uint8Array, Record<string, string>]>([
    ['no JSON', '{"query"', {}],
    ['nothing', '', {}],
    ['a batch', JSON.stringify(Array(1000).fill({ query: '{docs{id}}' })), {}],
    ['a text', '"{docs{id}}"', {}],
    ['a number', '5', {}],
    ['null', 'null', {}],
    ['deep JSON', '['.repeat(400_000) + ']'.repeat(400_000), {}],
    ['a query that is none', '{"query":{"a":1}}', {}],
    ['a key that JavaScript knows', '{"query":"{docs{id}}","__proto__":{"query":"{"}}', {}],
    ['variables that are none', '{"query":"{docs{id}}","variables":[1]}', {}],
    ['another type', '{docs{id}}', { 'content-type': 'text/csv' }],
    ['a multipart', '--x\r\n\r\n--x--', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['an unknown encoding', '{}', { 'content-encoding': 'zstd' }],
    ['an encoding that JavaScript knows', '{}', { 'content-encoding': 'constructor' }],
    ['a broken encoding', '{}', { 'content-encoding': 'gzip' }],
    ['too much', Buffer.alloc(maxMessageBytes + 1, 32), {}],
    ['too much, when gzip is undone', gzipSync(Buffer.alloc(100_000_000, 32)), { 'content-encoding': 'gzip' }],
    [
      'too much, when brotli is undone',
      brotliCompressSync(Buffer.alloc(100_000_000, 32)),
      { 'content-encoding': 'br' },
    ],
  ])('that are %s are refused', async (_, body, headers) => {
    let answer: Answer | undefined
    const grown = await apart.growth(async () => {
      answer = await meanwhile(send(body, headers), ask)
    })
    expect(answer?.status).toBeGreaterThanOrEqual(400)
    expect(answer?.status).toBeLessThan(500)
    expect(grown).toBeLessThan(roomBytes)
  })

  it('that stop half way are ended when a request has had its time', async () => {
    const peer = new RawPeer(port)
    peer.write(
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"que',
    )
    await meanwhile(peer.closed, ask)
    expect(peer.text).toMatch(/^HTTP\/1\.1 (408|504) /)
  })
})

it('a GET runs queries, and no mutation', async () => {
  const get = async (text: string) => {
    const response = await fetch(`http://127.0.0.1:${port}/graphql?query=${encodeURIComponent(text)}`, {
      headers: { accept: 'application/json' },
    })
    return [response.status, await response.json()]
  }
  expect(await get('{docs{id}}')).toEqual([200, { data: { docs: [] }, extensions: expect.anything() }])
  const { started } = await apart.counts()
  expect(await get('mutation{docs{id}}')).toEqual([405, { errors: [expect.anything()] }])
  expect((await apart.counts()).started).toBe(started)
})
