import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { api, defineExecutor, Executor, file, ndarray, root } from '../../../executors/index.ts'
import { FlowError } from '../../../proto/index.ts'
import { type Served, startGateway } from '../../../tests/e2e/peers/gateway.ts'

class Sample extends Executor {
  @api({ input: { text: z.string() }, output: z.string() })
  summarize({ text }: { text: string }) {
    return text.slice(0, 20)
  }

  @api({
    input: { a: z.int(), b: z.number().default(1.5), flag: z.boolean().default(true), opt: z.string().nullish() },
  })
  async add({ a, b, flag, opt }: { a: number; b: number; flag: boolean; opt?: string | null | undefined }) {
    return { a, b, flag, opt: opt ?? null }
  }

  @api({ strict: true, input: { a: z.int(), inner: z.object({ b: z.int() }).optional() } })
  strict({ a }: { a: number }) {
    return a
  }

  @api({ input: z.string(), output: z.string() })
  upper(text: string) {
    return text.toUpperCase()
  }

  @api({ route: 'v1/models/iris/predict', input: { x: z.int() }, output: z.int() })
  custom({ x }: { x: number }) {
    return x + 1
  }

  @api({ input: { kind: z.string() } })
  fail({ kind }: { kind: string }) {
    if (kind === 'teapot') throw new FlowError('FAILED_PRECONDITION', 'short and stout', { httpStatus: 418 })
    if (kind === 'auth') throw new FlowError('UNAUTHENTICATED', 'no entry')
    if (kind === 'limited') throw new FlowError('RESOURCE_EXHAUSTED', 'slow down', { retryAfterMs: 1500 })
    if (kind === 'internal') throw new FlowError('INTERNAL', 'secret detail')
    throw new TypeError('secret')
  }
}

let served: Served
beforeAll(async () => {
  served = await startGateway({ protocol: 'http', compat: 'bento' }, Sample)
})
afterAll(() => served.close())

const call = async (
  path: string,
  body?: unknown,
  headers: Record<string, string> = { 'content-type': 'application/json' },
) => {
  const response = await fetch(`http://127.0.0.1:${served.port}${path}`, {
    method: 'POST',
    headers,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { response, status: response.status, text, type: response.headers.get('content-type') }
}

describe('a typed endpoint over HTTP', () => {
  it('answers POST at its name, text as text', async () => {
    const { status, text, type, response } = await call('/summarize', { text: 'żółć ✓ 日本 and more than twenty' })
    expect([status, text, type]).toEqual([200, 'żółć ✓ 日本 and more t', 'text/plain; charset=utf-8'])
    expect(response.headers.get('x-bentoml-request-id')).toMatch(/^[0-9a-f]{16}$/)
    expect(response.headers.get('server')).toBe('BentoML Service/executor0')
  })

  it('fills in defaults, reads texts as the numbers that are wanted, and passes over members that nobody knows', async () => {
    expect(JSON.parse((await call('/add', { a: 1 })).text)).toEqual({ a: 1, b: 1.5, flag: true, opt: null })
    const lax = await call('/add', { a: '7', b: '2', flag: 'yes', opt: 'x', extra: 1 })
    expect(JSON.parse(lax.text)).toEqual({ a: 7, b: 2, flag: true, opt: 'x' })
  })

  it.each([
    ['', 'no content type'],
    ['text/weird', 'one that nobody knows'],
  ])('reads a body as JSON where it has %s', async (type) => {
    const { status, text } = await call('/add', '{"a": 1}', type ? { 'content-type': type } : {})
    expect([status, JSON.parse(text).a]).toEqual([200, 1])
  })

  it('tells all that is wrong with arguments, and where', async () => {
    const { status, text, response } = await call('/add', { a: 'x', b: [] })
    expect(status).toBe(400)
    expect(JSON.parse(text)).toEqual({
      error: '2 validation errors for add',
      detail: [
        { type: 'invalid_type', loc: ['a'], msg: expect.stringContaining('number') },
        { type: 'invalid_type', loc: ['b'], msg: expect.stringContaining('number') },
      ],
    })
    expect(response.headers.get('x-bentoml-request-id')).toMatch(/^[0-9a-f]{16}$/)
  })

  it.each([
    ['{a:1', 'json_invalid', []],
    ['[1, 2]', 'model_type', []],
    ['', 'missing', ['a']],
  ])('refuses %j as %s', async (body, type, loc) => {
    const { status, text } = await call('/add', body)
    expect([status, JSON.parse(text).detail]).toEqual([400, [expect.objectContaining({ type, loc })]])
  })

  it('refuses unknown members and converts nothing where it is strict', async () => {
    const { status, text } = await call('/strict', { a: 1, x: 2, inner: { b: 1, y: 2 } })
    expect(status).toBe(400)
    expect(JSON.parse(text).detail.map(({ type, loc }: { type: string; loc: string[] }) => [type, loc])).toEqual([
      ['extra_forbidden', ['x']],
      ['extra_forbidden', ['inner', 'y']],
    ])
    expect((await call('/strict', { a: '1' })).status).toBe(400)
    expect((await call('/strict', { a: 1, inner: { b: 1 } })).status).toBe(200)
  })

  it('takes one value as the body itself', async () => {
    expect((await call('/upper', 'plain body', { 'content-type': 'text/plain' })).text).toBe('PLAIN BODY')
    expect((await call('/upper', '"json"')).text).toBe('"JSON"')
  })

  it('is served at its own route alone where it has one', async () => {
    expect((await call('/v1/models/iris/predict', { x: 1 })).text).toBe('2')
    expect((await call('/custom', { x: 1 })).status).toBe(404)
  })

  it('is not there for other methods', async () => {
    const response = await fetch(`http://127.0.0.1:${served.port}/add`)
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  })

  it('tells of its own failures only what the caller can do something about', async () => {
    const bodies = await Promise.all(['teapot', 'auth', 'limited'].map((kind) => call('/fail', { kind })))
    expect(bodies.map(({ status, text }) => [status, JSON.parse(text)])).toEqual([
      [418, { error: 'short and stout' }],
      [401, { error: 'Authorization error' }],
      [429, { error: 'slow down' }],
    ])
    expect(bodies[2]?.response.headers.get('retry-after')).toBe('2')
    for (const kind of ['internal', 'crash']) {
      const { status, text, response } = await call('/fail', { kind })
      expect(status).toBe(500)
      expect(JSON.parse(text)).toEqual({
        error: 'An unexpected error has occurred, please check the server log.',
        request_id: response.headers.get('x-bentoml-request-id'),
      })
    }
  })

  it('refuses Python pickles with 415', async () => {
    expect((await call('/add', 'x', { 'content-type': 'application/vnd.bentoml+pickle' })).status).toBe(415)
  })
})

describe('/schema.json', () => {
  it("tells BentoML's clients of all typed endpoints, without unions and references", async () => {
    const schema = await (await fetch(`http://127.0.0.1:${served.port}/schema.json`)).json()
    expect(schema.name).toBe('executor0')
    const [{ exact, ...add }] = schema.routes
    // ours reads it
    expect(exact.input.properties.opt).toEqual({ type: ['string', 'null'] })
    expect(add).toEqual({
      name: 'add',
      route: '/add',
      batchable: false,
      is_task: false,
      input: {
        type: 'object',
        properties: {
          a: { type: 'integer' },
          b: { type: 'number', default: 1.5 },
          flag: { type: 'boolean', default: true },
          opt: { type: 'string' },
        },
        required: ['a'],
      },
      output: {},
    })
    expect(schema.routes.map(({ route }: { route: string }) => route)).toContain('/v1/models/iris/predict')
    expect(schema.routes.find(({ name }: { name: string }) => name === 'upper').input).toEqual({
      type: 'string',
      root_input: true,
    })
  })
})

describe('a gateway', () => {
  it('refuses two typed endpoints of one path, and puts a prefix before all', async () => {
    const apis = { a: api({ route: '/same' }, () => 1), b: api({ route: 'same' }, () => 2) }
    const Same = defineExecutor({ name: 'Same', apis })
    await expect(startGateway({ protocol: 'http' }, Same)).rejects.toThrow('the path /same')
    const Prefixed = defineExecutor({ name: 'Prefixed', apis: { metrics: api({}, () => 1) } })
    const gateway = await startGateway({ protocol: 'http', pathPrefix: '/v2' }, Prefixed)
    const at = `http://127.0.0.1:${gateway.port}`
    expect((await fetch(`${at}/v2/metrics`, { method: 'POST' })).status).toBe(200)
    const { routes } = (await (await fetch(`${at}/schema.json`)).json()) as { routes: { route: string }[] }
    expect(routes).toMatchObject([{ name: 'metrics', route: '/v2/metrics' }])
    await gateway.close()
  })

  it('serves a typed endpoint where it would serve documents, and says so', async () => {
    const Search = defineExecutor({
      name: 'Search',
      requests: { '/search': (docs) => docs },
      apis: { search: api({ input: { query: z.string() } }, ({ query }) => `found ${query}`) },
    })
    const logged: string[] = []
    const log = (_: object, message?: string) => void logged.push(message ?? '')
    const gateway = await startGateway({ protocol: 'http' }, Search, {
      logger: { debug() {}, info: log, warn() {}, error() {} },
    })
    const at = `http://127.0.0.1:${gateway.port}`
    const typed = await fetch(`${at}/search`, { method: 'POST', body: '{"query": "x"}' })
    expect(await typed.json()).toBe('found x')
    const body = JSON.stringify({ data: [{ text: 'doc' }], execEndpoint: '/search' })
    const posted = await fetch(`${at}/post`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    expect(((await posted.json()) as { data: { text: string }[] }).data[0]?.text).toBe('doc')
    expect(logged.join()).toContain("/search is the typed endpoint's")
    await gateway.close()
  })

  it('describes typed endpoints in OpenAPI, with their schemas, defaults and examples', async () => {
    const tree: z.ZodType = z.object({ name: z.string(), children: z.lazy(() => z.array(tree)).optional() })
    const Described = defineExecutor({
      name: 'Described',
      apis: {
        add: api(
          { input: { a: z.int(), b: z.int().default(1) }, output: z.int(), summary: 'Adds', examples: [{ a: 1 }] },
          ({ a, b }) => a + b,
        ),
        tree: api({ input: root(tree) }, () => 1),
        upload: api({ input: { file: file(), arr: ndarray() }, output: file() }, ({ file }) => file),
      },
    })
    const gateway = await startGateway({ protocol: 'http' }, Described)
    const document = (await (await fetch(`http://127.0.0.1:${gateway.port}/docs.json`)).json()) as OpenApi
    const {
      add,
      tree: treePath,
      upload,
    } = Object.fromEntries(Object.entries(document.paths).map(([path, { post }]) => [path.slice(1), post]))
    expect(add).toMatchObject({ summary: 'Adds', 'x-bentoml-name': 'add' })
    expect(add?.requestBody.content['application/json']).toMatchObject({
      schema: { properties: { b: { default: 1 } }, required: ['a'] },
      examples: { 'example 1': { value: { a: 1 } } },
    })
    expect(upload?.requestBody.content['multipart/form-data']?.schema).toMatchObject({
      properties: { file: { type: 'string', format: 'binary' }, arr: { type: 'array' } },
    })
    const references = JSON.stringify(treePath).matchAll(/"\$ref":"#([^"]+)"/g)
    const found = [...references].map(([, pointer = '']) => at(document, pointer))
    expect(found.length).toBeGreaterThan(0)
    for (const schema of found) expect(schema).toMatchObject({ type: 'object' })
    await gateway.close()
  })

  it('counts typed calls under the names that BentoML has, for those who ask for its habits', async () => {
    const metrics = async () => (await fetch(`http://127.0.0.1:${served.port}/metrics`)).text()
    await call('/custom-nobody', {})
    await call('/strict', { a: 'x' })
    const text = await metrics()
    expect(text).toMatch(/bentoml_service_request_total\{endpoint="\/strict",.*http_response_code="400"\} \d/)
    expect(text).not.toContain('nobody')
  })

  it.each(['readyz', 'metrics', 'docs', 'status', 'post'])(
    'does not start where a typed endpoint would have its own path /%s',
    async (name) => {
      const Taken = defineExecutor({ name: 'Taken', apis: { [name]: api({}, () => 1) } })
      await expect(startGateway({ protocol: 'http' }, Taken)).rejects.toThrow(`typed endpoint "${name}"`)
    },
  )
})

interface OpenApi {
  readonly paths: Record<string, { post: { requestBody: { content: Record<string, { schema: object }> } } }>
}

/** What a JSON pointer leads to. */
function at(document: unknown, pointer: string): unknown {
  const keys = pointer
    .slice(1)
    .split('/')
    .map((key) => decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~'))
  return keys.reduce((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], document)
}
