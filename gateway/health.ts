import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { FlowError } from '../proto/index.ts'
import type { WebSite } from './protocols/index.ts'

/** Says no by `false` or by throwing; anything else is yes. */
export type HealthHook = () => unknown

const hook = z.custom<HealthHook>((value) => typeof value === 'function', 'must be a function')

/** What else must be well, beside the executors. */
export const healthOptions = z.strictObject({
  /** Asked by `/livez` and `/healthz`: whoever starts processes again does so where it says no. */
  live: hook.optional(),
  /** Asked by `/readyz`: who says no gets no traffic for now. */
  ready: hook.optional(),
})

export type HealthOptions = z.output<typeof healthOptions>

/** How long a hook may think. Unit: ms. */
const hookMs = 5_000

const probes: Readonly<Record<string, 'live' | 'ready'>> = { '/livez': 'live', '/healthz': 'live', '/readyz': 'ready' }

/** Paths of a web port that are the server's own, whatever it serves. */
export const infrastructurePaths: readonly string[] = [...Object.keys(probes), '/metrics']

/** Whether a request only asks how the gateway is: it needs no proof, no name of the host, and is not counted. */
export function isProbe({ url = '', method }: IncomingMessage): boolean {
  return probeOf(url) !== undefined && (method === 'GET' || method === 'HEAD')
}

/**
 * `/livez`, `/healthz` and `/readyz`, as those who start and watch containers ask for them: 200, or 503 and the names of what is not well.
 * @param unready - what cannot take requests
 */
export function createProbes(options: HealthOptions, unready: () => readonly string[]): WebSite {
  const answer = async (kind: 'live' | 'ready', response: ServerResponse): Promise<void> => {
    const named = kind === 'ready' ? unready() : []
    const unwell = await refusalOf(kind, options[kind])
    const all = unwell === undefined ? named : [...named, unwell]
    if (response.destroyed) return
    if (all.length === 0) send(response, 200, '\n')
    else send(response, 503, `not ${kind}: ${all.join(', ')}\n`)
  }
  return {
    answer(request, response) {
      const kind = probeOf(request.url ?? '')
      if (!kind) return false
      if (isProbe(request)) answer(kind, response)
      else send(response, 405, 'Method Not Allowed', { allow: 'GET, HEAD' })
      return true
    },
  }
}

function probeOf(url: string): 'live' | 'ready' | undefined {
  const end = url.indexOf('?')
  const path = end < 0 ? url : url.slice(0, end)
  return Object.hasOwn(probes, path) ? probes[path] : undefined
}

async function refusalOf(kind: string, hook: HealthHook | undefined): Promise<string | undefined> {
  if (!hook) return undefined
  const stop = new AbortController()
  const late = sleep(hookMs, undefined, { signal: stop.signal }).then(() => {
    throw new FlowError('DEADLINE_EXCEEDED', `no answer within ${hookMs} ms`)
  })
  late.catch(() => {})
  try {
    const well = await Promise.race([(async () => hook())(), late])
    return well === false ? `health.${kind}` : undefined
  } catch (error) {
    return `health.${kind} (${FlowError.from(error).reason})`
  } finally {
    stop.abort()
  }
}

function send(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  const type = { 'content-length': Buffer.byteLength(text), 'content-type': 'text/plain; charset=utf-8' }
  response.writeHead(status, { ...type, ...headers }).end(text)
}
