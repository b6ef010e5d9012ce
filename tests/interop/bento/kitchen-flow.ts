import { Flow, type RunningFlow } from '../../../flows/index.ts'
import type { Middleware } from '../../../gateway/index.ts'
import { silent } from '../../../proto/index.ts'
import { Kitchen } from './kitchen.ts'

/** Says on each answer that it went by; `m1` answers by itself where it is asked to. */
const named =
  (name: string, blocks = false): Middleware =>
  async (request, next) => {
    if (blocks && request.headers['x-block']) {
      return new Response('blocked by m1', { status: 403, headers: { 'content-type': 'text/plain' } })
    }
    const answer = await next()
    answer.headers.append('x-mw', name)
    return answer
  }

/** Stands for the FastAPI and Flask apps of kitchen.py; the real ones are mounted in `tests/mounts`. */
const fastapi = (request: Request): Response | Promise<Response> => {
  const { pathname } = new URL(request.url)
  if (pathname === '/slow') return new Promise<Response>(() => {})
  return pathname === '/hello'
    ? Response.json({ hello: 'world' })
    : Response.json({ detail: 'Not Found' }, { status: 404 })
}

/** ../shared/interop/bento/services/kitchen.py with all that stands around its endpoints. */
export function startKitchen(): Promise<RunningFlow> {
  const cors = {
    origins: ['http://ok.example'],
    methods: ['GET', 'POST'],
    headers: [],
    maxAgeMs: 60_000,
    credentials: false,
  }
  return new Flow({
    ...{ protocol: 'http', host: '127.0.0.1', compat: 'bento', logger: silent, timeoutMs: 2000 },
    cors,
  })
    .add({ name: 'kitchen', uses: Kitchen })
    .use(named('m1', true))
    .use(named('m2'))
    .mount('/v1', fastapi, { timeoutMs: 2000 })
    .mount('/flask', (_: Request) => Response.json({ name: 'flask' }))
    .start()
}
