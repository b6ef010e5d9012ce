import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client, type DataRequest, Document, DocumentArray, FlowError, NdArray } from '../../../client/index.ts'
import { jinaEnv, python, type Server, shared, startServer } from '../peers.ts'

// Our client against the real Jina's reference flow: upper → embed → fail.

describe.each([
  ['grpc', 21100],
  ['http', 21101],
] as const)('our client speaks %s with a real Jina', (protocol, port) => {
  let jina: Server
  let client: Client
  const post = (on: string, inputs?: Parameters<Client['post']>[1], options = {}): Promise<DataRequest[]> =>
    client.post(on, inputs, { returnResponses: true, continueOnError: true, ...options })
  const one = async (on: string, document: Document | string, options = {}): Promise<Document> =>
    (await client.post(on, document, options))[0] as Document

  beforeAll(async () => {
    const script = `${shared}/interop/jina1/reference_flow.py`
    const args = [script, '--port', String(port), '--protocol', protocol, '--executor-base-port', String(port + 800)]
    jina = await startServer(python('jina1'), args, { env: jinaEnv })
    client = new Client({ host: '127.0.0.1', port, protocol })
  }, 180_000)
  afterAll(async () => {
    await client?.close()
    await jina?.stop()
  })

  // what JSON cannot say is left out over HTTP
  const onlyOverGrpc = (title: string, test: () => Promise<void>) => protocol === 'grpc' && it(title, test)

  describe('documents', () => {
    it('come back changed', async () => {
      const doc = await one('/index', new Document({ id: 'x', text: 'hello' }))
      expect([doc.id, doc.text, doc.tags]).toEqual(['x', 'HELLO', { orig: 'hello', upper: true }])
      expect([...((doc.embedding as NdArray).data as Float32Array)]).toEqual([5, 104, 1, 0])
    })

    it('keep their order', async () => {
      const ids = Array.from({ length: 60 }, (_, i) => `d${i}`)
      const docs = await client.post(
        '/index',
        ids.map((id) => ({ id, text: id })),
      )
      expect(docs.ids).toEqual(ids)
    })

    it('carry any text', async () => {
      const text = 'ünïcode 你好 😀 \u0000 \n "q"'
      expect((await one('/echo', text)).text).toBe(text)
    })

    it('carry bytes', async () => {
      const blob = Uint8Array.from({ length: 1024 }, (_, i) => i % 256)
      expect(Buffer.from((await one('/echo', new Document({ blob }))).blob)).toEqual(Buffer.from(blob))
      expect((await one('/index', new Document({ blob }))).tags).toEqual({ upper: true })
    })

    it('carry every field', async () => {
      const rich = richDocument()
      const back = await one('/echo', rich)
      for (const field of [
        'id',
        'text',
        'weight',
        'uri',
        'mimeType',
        'modality',
        'offset',
        'location',
        'tags',
      ] as const) {
        expect(back[field], field).toEqual(rich[field])
      }
      expect(back.scores.cos).toEqual({ value: 0.25, opName: 'op', description: 'de', refId: 'r' })
      expect(back.evaluations.prec?.value).toBe(0.75)
      expect(back.chunks.map(({ id, parentId, granularity }) => [id, parentId, granularity])).toEqual([
        ['c1', 'rich', 1],
        ['c2', 'rich', 1],
      ])
      expect(back.chunks[0]?.chunks[0]?.text).toBe('deep')
      expect([...(back.chunks[1] as Document).blob]).toEqual([0, 255, 16])
      expect(back.matches.map(({ text, adjacency, tags }) => [text, adjacency, tags])).toEqual([['m', 1, { k: 'v' }]])
    })

    it('carry tensors', async () => {
      const tensor = NdArray.from(
        Float32Array.from({ length: 24 }, (_, i) => i / 7),
        { shape: [3, 4, 2] },
      )
      const back = (await one('/echo', new Document({ tensor }))).tensor as NdArray
      expect(back.shape).toEqual([3, 4, 2])
      expect(back.toNested()).toEqual(tensor.toNested())
      const floats = (await one('/echo', new Document({ embedding: Float64Array.of(1, 2, 3) }))).embedding as NdArray
      expect([floats.dtype, ...floats.data]).toEqual(['f8', 1, 2, 3])
    })

    onlyOverGrpc('keep the type of every tensor', async () => {
      for (const dtype of ['f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'b1'] as const) {
        const embedding = NdArray.from([0, 1, 0, 1, 1, 0], { dtype, shape: [2, 3] })
        const back = (await one('/echo', new Document({ embedding }))).embedding as NdArray
        expect([back.dtype, back.shape, [...back.bytes]], dtype).toEqual([dtype, [2, 3], [...embedding.bytes]])
      }
    })

    onlyOverGrpc('carry what JSON cannot say: NaN and the infinities', async () => {
      const embedding = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0)
      const back = (await one('/echo', new Document({ embedding }))).embedding as NdArray
      expect([...back.bytes]).toEqual([...new Uint8Array(embedding.buffer)])
    })

    it('may be large', async () => {
      const text = 'abcdefghij'.repeat(500_000)
      expect((await one('/echo', text)).text === text).toBe(true)
      const blob = randomBytes(5_000_000)
      expect(Buffer.compare((await one('/echo', new Document({ blob }))).blob, blob)).toBe(0)
    })

    it('are created and replaced by executors, also where none were sent', async () => {
      expect((await client.post('/create')).map(({ id, text }) => [id, text])).toEqual([['created-1', 'created']])
      const replaced = await client.post('/replace', ['a', 'b'])
      expect(replaced.map(({ id, tags }) => [id, tags.was])).toEqual([['replaced', 2]])
    })
  })

  describe('inputs', () => {
    const texts = async (inputs: Parameters<Client['post']>[1]) =>
      (await client.post('/index', inputs, { requestSize: 2 })).texts.sort()

    it('are a document, its fields, its text, or many', async () => {
      expect(await texts(new Document('a'))).toEqual(['A'])
      expect(await texts({ text: 'a' })).toEqual(['A'])
      expect(await texts('ab')).toEqual(['AB'])
      expect(await texts(['p', new Document('q')])).toEqual(['P', 'Q'])
      expect(await texts(new DocumentArray([new Document('x')]))).toEqual(['X'])
    })

    it('are generators, functions and streams', async () => {
      function* generate() {
        yield* 'abc'
      }
      async function* later() {
        for (const text of 'xyz') {
          await sleep(5)
          yield text
        }
      }
      expect(await texts(generate())).toEqual(['A', 'B', 'C'])
      expect(await texts(generate)).toEqual(['A', 'B', 'C'])
      expect(await texts(later)).toEqual(['X', 'Y', 'Z'])
      expect(await texts(ReadableStream.from(['r', 's', 't']))).toEqual(['R', 'S', 'T'])
    })

    it('travel in requests of requestSize documents', async () => {
      const many = Array.from({ length: 250 }, (_, i) => `t${i}`)
      const responses = await post('/index', many, { requestSize: 100 })
      expect(responses.map(({ docs }) => docs.length).sort()).toEqual([100, 100, 50])
      expect(new Set(responses.map(({ header }) => header.requestId)).size).toBe(3)
      expect((await post('/index', many.slice(0, 7), { requestSize: 1 })).map(({ docs }) => docs.length)).toEqual(
        Array(7).fill(1),
      )
      expect((await post('/index', many, { requestSize: 0 })).length).toBe(1)
    })
  })

  describe('responses', () => {
    it('tell what happened', async () => {
      const [response] = await post('/index', 'a')
      expect(response?.header).toMatchObject({ execEndpoint: '/index', targetExecutor: '' })
      expect(response?.status).toBeUndefined()
      expect(response?.routes.map(({ executor }) => executor)).toEqual(['gateway', 'upper', 'embed', 'fail'])
      expect(response?.routes[0]?.endTime).toBeGreaterThanOrEqual(response?.routes[0]?.startTime as number)
      expect(Math.abs((response?.routes[0]?.startTime ?? 0) - Date.now())).toBeLessThan(3_600_000)
    })

    it('come in order when asked', async () => {
      const responses = await post(
        '/index',
        Array.from({ length: 30 }, (_, i) => `${i}`),
        { requestSize: 1, resultsInOrder: true },
      )
      expect(responses.map(({ docs }) => docs[0]?.text)).toEqual(Array.from({ length: 30 }, (_, i) => `${i}`))
    })

    it('are streamed', async () => {
      const texts: string[] = []
      for await (const { docs } of client.stream('/index', ['a', 'b', 'c'], { requestSize: 1 }))
        texts.push(...docs.texts)
      expect(texts.sort()).toEqual(['A', 'B', 'C'])
    })

    it('of unknown endpoints are what was sent', async () => {
      for (const on of ['/nowhere', '/']) expect((await one(on, new Document({ text: 'x' }))).text).toBe('x')
    })
  })

  describe('parameters', () => {
    const params = async (parameters: Record<string, never>) => {
      const [response] = await post('/params', 'x', { parameters })
      const tags = response?.docs[0]?.tags as Record<string, Record<string, unknown>>
      const { params_upper: upper = {}, params_embed: embed = {}, params_fail: fail = {} } = tags
      return { upper, embed, fail, back: response?.parameters }
    }

    it('reach executors, and come back as sent', async () => {
      const sent = { i: 3, f: 0.5, s: 'x', b: true, n: null, l: [1, 'a', { z: 2 }], o: { k: { kk: 1 } }, u: 'é😀' }
      const { upper, embed, fail, back } = await params(sent as never)
      for (const got of [upper, embed, fail, back]) expect(got).toMatchObject(sent)
    })

    it('are for one executor when its name stands before them', async () => {
      const { upper, embed, fail } = await params({
        common: 1,
        k: 0,
        upper__only: 'U',
        embed__k: 7,
        fail: { z: 3 },
      } as never)
      expect(upper).toMatchObject({ common: 1, k: 0, only: 'U' })
      expect(embed).toMatchObject({ common: 1, k: 7 })
      expect(embed).not.toHaveProperty('only')
      expect(fail).toMatchObject({ common: 1, k: 0, z: 3 })
    })

    it('go without documents', async () => {
      const [response] = await post('/params', undefined, { parameters: { a: 5 } })
      expect([response?.parameters.a, response?.docs.length]).toEqual([5, 0])
    })

    it('hold what executors returned as objects', async () => {
      const [response] = await post('/results', ['a', 'b', 'c'])
      const results = Object.entries(response?.parameters.__results__ as object).map(([key, value]) => [
        key.split('/')[0],
        value,
      ])
      expect(Object.fromEntries(results)).toEqual({
        upper: { count: 3, who: 'upper' },
        embed: { count: 3, who: 'embed' },
      })
    })
  })

  it('reaches the executors that targetExecutor matches at the start', async () => {
    const run = async (targetExecutor: string) => {
      const doc = await one('/index', 'ab', { targetExecutor })
      return [doc.text, doc.embedding !== undefined]
    }
    expect(await run('upper')).toEqual(['AB', false])
    expect(await run('em.*')).toEqual(['ab', true])
    expect(await run('emb')).toEqual(['ab', true])
    expect(await run('bed')).toEqual(['ab', false])
    expect(await run('nobody')).toEqual(['ab', false])
    expect(await run('upper|embed')).toEqual(['AB', true])
  })

  describe('errors of executors', () => {
    it('come back with status, routes and the documents as sent', async () => {
      const [response] = await post('/fail', { id: 'f', text: 'keep' })
      expect(response?.status).toMatchObject({
        code: 1,
        exception: { name: 'ValueError', args: ['boom'], executor: 'Fail' },
      })
      expect(response?.status?.exception?.stacks.length).toBeGreaterThan(0)
      expect(response?.routes.find(({ executor }) => executor === 'fail')?.status?.code).toBe(1)
      expect(response?.docs[0]?.text).toBe('keep')
    })

    it('stop the chain', async () => {
      const [response] = await post('/fail_early', 'x')
      expect(response?.status?.exception).toMatchObject({ name: 'RuntimeError', args: ['early', '42'] })
      expect(response?.routes.map(({ executor }) => executor)).toEqual(['gateway', 'upper'])
    })

    it('are thrown unless something takes them', async () => {
      const failing = client.post('/fail', 'x')
      await expect(failing).rejects.toThrow(FlowError)
      await expect(failing).rejects.toThrow(/boom/)
      expect((await post('/fail', ['a', 'b', 'c', 'd'], { requestSize: 1 })).map(({ failed }) => failed)).toEqual([
        true,
        true,
        true,
        true,
      ])
    })

    it('go to onError, then onAlways; successes to onDone', async () => {
      const log: unknown[] = []
      const options = {
        onDone: ({ docs }: DataRequest) => void log.push(['done', docs[0]?.text]),
        onError: (response: DataRequest, error: FlowError) =>
          void log.push(['error', response.status?.exception?.name, error.message.includes('boom')]),
        onAlways: () => void log.push(['always']),
      }
      expect(await client.post('/fail', 'a', options)).toBeUndefined()
      expect(await client.post('/index', 'a', options)).toBeUndefined()
      expect(log).toEqual([['error', 'ValueError', true], ['always'], ['done', 'A'], ['always']])
    })
  })

  it('calls back for each request', async () => {
    const sizes: number[] = []
    await client.post('/index', Array(25).fill('x'), {
      requestSize: 10,
      onDone: ({ docs }) => void sizes.push(docs.length),
    })
    expect(sizes.sort()).toEqual([10, 10, 5])
  })

  it('has many requests in flight at once', async () => {
    const responses = await post('/slow', Array(6).fill('x'), { requestSize: 1, parameters: { seconds: 0.4 } })
    const times = responses.map(({ routes }) => routes[0] as { startTime: number; endTime: number })
    expect(times).toHaveLength(6)
    expect(Math.max(...times.map(({ startTime }) => startTime))).toBeLessThan(
      Math.min(...times.map(({ endTime }) => endTime)),
    )
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => one('/index', `n${i}`)))
    expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: 20 }, (_, i) => `N${i}`))
  })

  it('compresses requests', async () => {
    for (const compression of ['Gzip', 'Deflate', 'NoCompression'] as const) {
      // the real HTTP gateway reads no compressed bodies: its own client sends none
      if (protocol === 'http' && compression !== 'NoCompression') continue
      expect((await one('/index', 'z'.repeat(5000), { compression })).text).toBe('Z'.repeat(5000))
    }
  })

  it('sends metadata', async () => {
    expect((await one('/index', 'm', { metadata: { 'x-test': 'v' } })).text).toBe('M')
  })

  it('knows shortcuts, readiness and where the time goes', async () => {
    for (const name of ['index', 'search', 'update', 'delete'] as const) {
      const docs = await client[name]('z')
      expect(docs.texts).toEqual([name === 'index' || name === 'search' ? 'Z' : 'z'])
    }
    expect(await client.isFlowReady()).toBe(true)
    expect(await client.dryRun()).toMatchObject({ code: 0 })
    const profile = await client.profiling()
    expect(profile.Roundtrip).toBeGreaterThan(profile.Server)
    expect(profile.Server).toBeGreaterThan(0)
  })
})

describe('our client, where nobody answers', () => {
  it.each(['grpc', 'http'] as const)('rejects, or calls onError and onAlways, over %s', async (protocol) => {
    await using client = new Client({ host: '127.0.0.1', port: 21999, protocol })
    await expect(client.post('/index', 'x')).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
    await expect(client.post('/index', 'x', { continueOnError: true })).rejects.toMatchObject({
      codeName: 'UNAVAILABLE',
    })
    expect(await client.isFlowReady()).toBe(false)
    const log: unknown[] = []
    await client.post('/index', 'x', {
      onError: (request, error) => void log.push([request.docs.texts, error.codeName]),
      onAlways: (request) => void log.push(request.status?.code),
    })
    expect(log).toEqual([[['x'], 'UNAVAILABLE'], 1])
  })
})

function richDocument(): Document {
  return new Document({
    id: 'rich',
    text: 'τext',
    tags: { a: 1.5, nested: { l: [1, 'two', { x: true }], n: null }, s: 'é', b: false },
    weight: 0.5,
    uri: 'https://example.org/a.png',
    modality: 'text',
    offset: 2,
    location: [1, 2],
    embedding: Float32Array.of(1, 2, 3),
    scores: { cos: { value: 0.25, opName: 'op', description: 'de', refId: 'r' } },
    evaluations: { prec: { value: 0.75 } },
    chunks: [
      { id: 'c1', text: 'c', chunks: [{ id: 'c1c', text: 'deep' }] },
      { id: 'c2', blob: Uint8Array.of(0, 255, 16) },
    ],
    matches: [{ id: 'm1', text: 'm', tags: { k: 'v' } }],
  })
}
