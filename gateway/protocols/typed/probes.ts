import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Front } from '../protocol.ts'
import { sendBody } from './send.ts'

/** Kubernetes's probes, as BentoML answers them: alive is who answers; ready, who can take requests. False where the path is none. */
export function answerProbe(path: string, front: Front, request: IncomingMessage, response: ServerResponse): boolean {
  if (path !== '/livez' && path !== '/healthz' && path !== '/readyz') return false
  const text = { 'content-type': 'text/plain; charset=utf-8' }
  const unready = path === '/readyz' ? front.unready() : []
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    sendBody(response, 405, { ...text, allow: 'HEAD, GET' }, 'Method Not Allowed')
  } else if (unready.length > 0) {
    sendBody(response, 503, text, `not ready: ${unready.join(', ')}`)
  } else {
    sendBody(response, 200, text, '\n')
  }
  return true
}
