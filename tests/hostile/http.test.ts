import { request } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { defineExecutor } from '../../executors/index.ts'
import { Flow, type RunningFlow } from '../../flows/index.ts'
import { silent } from '../../proto/index.ts'

// What strangers send over HTTP. After every one of them the gateway still answers others.

let flow: RunningFlow
const maxMessageBytes = 1_000_000

const Tags = defineExecutor({
  name: 'Tags',
  requests: {
    '/tags': (docs) => {
      for (const document of docs) document.tags.seen = Object.keys(document.tags).length
    },
  },
})

beforeAll(async () => {
  flow = await new Flow({ protocol: 'http', host: '127.0.0.1', maxMessageBytes, logger: silent })
    .add({ uses: Tags })
    .start()
})
afterAll(() => flow.close())
afterEach(async () => {
  const { status, json } = await post({ data: [{ text: 'still here' }], execEndpoint: '/tags' })
  expect([status, (json as { data: { text: string }[] }).data[0]?.text]).toEqual([200, 'still here'])
})

interface Answer {
  status: number
  json: unknown
}

function post(body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: flow.port,
      path: '/post',
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', ...headers },
    }
    const sent = request(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, json: JSON.parse(Buffer.concat(chunks).toString()) }),
      )
    })
    // a refused body may be cut off while it is still being sent: the answer counts
    sent.on(
      'error',
      (error: NodeJS.ErrnoException) => error.code === 'EPIPE' || error.code === 'ECONNRESET' || reject(error),
    )
    sent.end(bytes)
  })
}

const doc = (fields: object) => ({ data: [fields], execEndpoint: '/tags' })
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

describe('bodies that are not JSON, or not an object', () => {
  it.each([
    '{',
    '[1',
    '{"a" 1}',
    '{"a":tru}',
    '"x',
    '{"a":1}x',
    '{"a":"\u0001"}',
    '{"a":"\\x"}',
    '[]',
    '5',
    '"text"',
    'null',
    '\u0000',
  ])('%j', async (body) => {
    const { status, json } = await post(body)
    expect(status).toBe(422)
    expect((json as { detail: { loc: unknown[]; msg: string; type: string }[] }).detail[0]).toMatchObject({
      loc: expect.any(Array),
      msg: expect.any(String),
    })
  })
})

describe('wrong types', () => {
  it.each<[string, object]>([
    ['id', { id: {} }],
    ['text', { text: [] }],
    ['blob', { blob: 'no base64!' }],
    ['blob', { blob: 5 }],
    ['tensor', { tensor: 'x' }],
    ['tensor', { tensor: [[1], [1, 2]] }],
    ['tensor', { tensor: [1, 'x'] }],
    ['embedding', { embedding: {} }],
    ['embedding', { embedding: [[[1], 2]] }],
    ['tags', { tags: [] }],
    ['tags', { tags: 'x' }],
    ['weight', { weight: 'heavy' }],
    ['offset', { offset: {} }],
    ['granularity', { granularity: -1 }],
    ['adjacency', { adjacency: 'x' }],
    ['location', { location: 5 }],
    ['location', { location: ['x'] }],
    ['uri', { uri: {} }],
    ['mime_type', { mime_type: [] }],
    ['modality', { modality: {} }],
    ['parent_id', { parent_id: [] }],
    ['scores', { scores: [] }],
    ['scores', { scores: { cos: 5 } }],
    ['scores', { scores: { cos: { value: 'x' } } }],
    ['evaluations', { evaluations: 5 }],
    ['chunks', { chunks: {} }],
    ['chunks', { chunks: ['x'] }],
    ['matches', { matches: [{ id: [] }] }],
  ])('of %s in %j are named', async (field, fields) => {
    const { status, json } = await post(doc(fields))
    expect(status).toBe(422)
    const [first] = (json as { detail: { loc: (string | number)[] }[] }).detail
    expect(first?.loc.slice(0, 4)).toEqual(['body', 'data', 0, field])
  })

  it.each<[string, object]>([
    ['parameters', { parameters: [] }],
    ['targetExecutor', { targetExecutor: {} }],
    ['execEndpoint', { execEndpoint: [] }],
    ['data', { data: 5 }],
    ['data', { data: 'x' }],
  ])('of %s in the envelope are named', async (field, body) => {
    const { status, json } = await post(body)
    expect([status, (json as { detail: { loc: unknown[] }[] }).detail[0]?.loc[1]]).toEqual([422, field])
  })
})

describe('nesting', () => {
  it.each([101, 10_000, 200_000])('of %i levels is refused in tags, parameters and tensors', async (depth) => {
    const lists = '['.repeat(depth) + ']'.repeat(depth)
    const bodies = [
      `{"data":[{"tags":${nested(depth)}}]}`,
      `{"parameters":${nested(depth)}}`,
      `{"data":[{"embedding":${lists}}]}`,
    ]
    for (const body of bodies) {
      if (body.length > maxMessageBytes) continue
      expect((await post(body)).status).toBe(422)
    }
  })

  it('of chunks in chunks is refused beyond a hundred', async () => {
    const chunks = '{"chunks":['.repeat(5000) + ']}'.repeat(5000)
    expect((await post(`{"data":[${chunks}]}`)).status).toBe(422)
  })

  it('of unknown keys costs nothing', async () => {
    expect((await post(`{"data":[],"unknown":${nested(100_000)}}`)).status).toBe(200)
  })
})

describe('keys that JavaScript knows', () => {
  it('are keys like any other, and change no prototype', async () => {
    const text =
      '{"data":[{"tags":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}},"__proto__":{"text":"x"}}],"parameters":{"__proto__":{"polluted":1}},"execEndpoint":"/tags"}'
    const { status, json } = await post(text)
    expect(status).toBe(200)
    const answer = JSON.stringify(json)
    expect(answer).toContain('"__proto__":{"polluted":1}')
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  it('name no endpoint, method or encoding', async () => {
    for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect((await post({ execEndpoint: key, data: [{ text: 'x' }] })).status).toBe(200)
      expect((await post({}, { 'content-encoding': key })).status).toBe(415)
    }
  })
})

describe('bodies that are large', () => {
  it('are refused by their length, before they are read', async () => {
    const { status, json } = await post(Buffer.alloc(maxMessageBytes + 1, 32))
    expect([status, (json as { detail: string }).detail]).toEqual([
      413,
      expect.stringContaining(`${maxMessageBytes} bytes`),
    ])
  })

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)(
    'are refused when %s makes them so',
    async (encoding, compress) => {
      const bomb = compress(Buffer.alloc(200_000_000, 32))
      expect((await post(bomb, { 'content-encoding': encoding })).status).toBe(413)
    },
    60_000,
  )

  it('may be compressed, by what is known, and must then decompress', async () => {
    const body = Buffer.from(JSON.stringify(doc({ text: 'x'.repeat(1000) })))
    expect((await post(gzipSync(body), { 'content-encoding': 'gzip' })).status).toBe(200)
    expect((await post(body, { 'content-encoding': 'gzip' })).status).toBe(400)
    expect((await post(body, { 'content-encoding': 'zstd' })).status).toBe(415)
  })
})

describe('targets and endpoints', () => {
  it.each(['(', '(?=x)', 'a{2000}', 'x'.repeat(300)])('a bad target %s is refused', async (targetExecutor) => {
    const { status, json } = await post({ data: [], targetExecutor })
    expect([status, (json as { detail: object[] }).detail]).toEqual([
      422,
      [expect.objectContaining({ type: 'value_error' })],
    ])
  })

  it('a target that takes exponential time elsewhere is matched at once', async () => {
    expect((await post({ data: [], targetExecutor: '(a+)+$' })).status).toBe(200)
  })

  it('unknown ones pass documents through', async () => {
    const { status, json } = await post({ data: [{ id: 'x' }], execEndpoint: '/nowhere', targetExecutor: 'nobody' })
    expect([status, (json as { data: { id: string }[] }).data[0]?.id]).toEqual([200, 'x'])
  })
})

it('documents of the same id stay two', async () => {
  const { json } = await post({
    data: [
      { id: 'same', text: 'a' },
      { id: 'same', text: 'b' },
    ],
    execEndpoint: '/tags',
  })
  expect((json as { data: { text: string }[] }).data.map(({ text }) => text)).toEqual(['a', 'b'])
})
