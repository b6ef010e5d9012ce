import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defineExecutor } from '../../../executors/index.ts'
import { Flow, type RunningFlow } from '../../../flows/index.ts'
import type { Middleware } from '../../../gateway/index.ts'
import { silent } from '../../../proto/index.ts'
import { RawPeer } from '../../e2e/peers/raw.ts'
import { shared } from '../peers.ts'

// What stands around BentoML's endpoints, byte for byte as its server was recorded; `differs` says what is ours on purpose.

interface Answer {
  readonly status: string
  readonly headers: Record<string, string>
  readonly body: string
}

const recorded = (name: string, end: 'req' | 'resp') =>
  readFileSync(resolve(shared, `interop/bento/golden/${name}.${end}`), 'latin1')

function parse(text: string): Answer {
  const [head = '', ...bodies] = text.split('\r\n\r\n')
  const [status = '', ...lines] = head.split('\r\n')
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const [name = '', value = ''] = [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]
    headers[name] = headers[name] ? `${headers[name]}, ${value}` : value
  }
  return { status, headers, body: bodies.join('\r\n\r\n') }
}

let flow: RunningFlow
let release = () => {}
const Kitchen = defineExecutor({
  name: 'Kitchen',
  requests: {
    '/slow': () => new Promise<void>((resolve) => (release = resolve)),
  },
})

/** As `kitchen.py` has them: two middlewares, CORS for one origin, apps at /v1 and /flask. */
beforeAll(async () => {
  const named =
    (name: string, block = false): Middleware =>
    async (request, next) => {
      if (block && request.headers['x-block']) {
        return new Response('blocked by m1', { status: 403, headers: { 'content-type': 'text/plain' } })
      }
      const answer = await next()
      answer.headers.append('x-mw', name)
      return answer
    }
  flow = await new Flow({
    protocol: 'http',
    logger: silent,
    cors: {
      origins: ['http://ok.example'],
      credentials: false,
      methods: ['GET', 'POST'],
      headers: [],
      maxAgeMs: 60_000,
    },
    exposeEndpoints: { '/slow': { maxConcurrency: 1 } },
  })
    .add({ uses: Kitchen })
    .use(named('m1', true))
    .use(named('m2'))
    .mount(
      '/v1',
      (request: Request) => {
        const { pathname } = new URL(request.url)
        if (pathname === '/slow') return new Promise<Response>(() => {})
        return pathname === '/hello'
          ? Response.json({ hello: 'world' }, { headers: { 'content-length': '17' } })
          : new Response('Not Found', { status: 404 })
      },
      { timeoutMs: 2000 },
    )
    .start()
})
afterAll(async () => {
  release()
  await flow.close()
})

const replay = async (name: string): Promise<Answer> => {
  const peer = new RawPeer(flow.port)
  peer.write(recorded(name, 'req'))
  await peer.closed
  return parse(peer.text)
}

/** Headers that say when, by whom and how it was sent, and not what. */
const incidental = ['date', 'connection', 'server', 'x-bentoml-request-id', 'content-length', 'transfer-encoding']

const shown = ({ status, headers, body }: Answer, without: readonly string[] = []) => ({
  status,
  headers: Object.fromEntries(Object.entries(headers).filter(([name]) => ![...incidental, ...without].includes(name))),
  body,
})

describe('recorded of BentoML, around its endpoints', () => {
  it.each(['infra_livez', 'infra_healthz', 'infra_readyz', 'infra_livez_head', 'infra_livez_post'])(
    '%s is answered as it was',
    async (name) => {
      expect(shown(await replay(name))).toEqual(shown(parse(recorded(name, 'resp'))))
    },
  )

  it.each(['middleware_block'])('%s: a middleware that answers by itself', async (name) => {
    const { status, headers, body } = await replay(name)
    const golden = parse(recorded(name, 'resp'))
    // ours stands inside CORS, so that scripts can read the refusal
    expect([status, headers['content-type'], headers.vary, body]).toEqual([
      golden.status,
      'text/plain',
      'Origin',
      golden.body,
    ])
  })

  it.each(['cors_preflight_ok', 'cors_preflight_bad'])(
    '%s is answered as it was, but before middleware',
    async (name) => {
      expect(shown(await replay(name))).toEqual(shown(parse(recorded(name, 'resp')), ['x-mw']))
    },
  )

  it('cors_simple: an answer may be read by its origin', async () => {
    const { headers } = await replay('cors_simple')
    const golden = parse(recorded('cors_simple', 'resp'))
    for (const name of ['access-control-allow-origin', 'vary', 'x-mw'])
      expect(headers[name], name).toBe(golden.headers[name])
  })

  it('mount_fastapi is answered as it was', async () => {
    expect(shown(await replay('mount_fastapi'))).toEqual(shown(parse(recorded('mount_fastapi', 'resp'))))
  })

  it('timeout_mounted is answered as it was, with CORS and middleware around it', async () => {
    const answer = await replay('timeout_mounted')
    expect(shown(answer, ['vary', 'x-mw'])).toEqual(shown(parse(recorded('timeout_mounted', 'resp'))))
    expect(answer.headers).toMatchObject({ vary: 'Origin', 'x-mw': 'm2, m1' })
  })

  it('while all places are taken, probes and preflights are answered, and the rest is refused with when to come again', async () => {
    const held = replay('overload_429')
    await expect
      .poll(async () => (await replay('overload_429')).status)
      .toBe(parse(recorded('overload_429', 'resp')).status)
    const refused = await replay('overload_429')
    expect([refused.headers['retry-after'], refused.headers.vary]).toEqual(['1', 'Origin'])
    expect(shown(await replay('infra_readyz_while_full'))).toEqual(
      shown(parse(recorded('infra_readyz_while_full', 'resp'))),
    )
    // there, a preflight counts and is refused with 429
    expect((await replay('cors_preflight_while_full')).status).toBe('HTTP/1.1 200 OK')
    release()
    expect((await held).status).toBe('HTTP/1.1 200 OK')
  })
})
