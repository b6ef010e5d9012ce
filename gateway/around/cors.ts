import type { IncomingMessage, ServerResponse } from 'node:http'
import onHeaders from 'on-headers'
import vary from 'vary'
import { z } from 'zod'
import { type Layer, sendText } from './layer.ts'

/** Browsers of which other origins may ask what, and read what. */
export const corsOptions = z.strictObject({
  /** Origins such as `https://example.com`; true for all. */
  origins: z.union([z.literal(true), z.array(z.string())]).default([]),
  /** A regular expression that a whole origin may match, too. */
  originPattern: z.string().refine(isPattern, 'must be a regular expression').optional(),
  /** Let them send cookies and Authorization. */
  credentials: z.boolean().default(true),
  /** Methods they may use; true for all. */
  methods: z.union([z.literal(true), z.array(z.string()).min(1)]).default(true),
  /** Headers they may send; true for all. */
  headers: z.union([z.literal(true), z.array(z.string())]).default(true),
  /** Headers of answers that scripts may read. */
  exposeHeaders: z.array(z.string()).default([]),
  /** How long they may keep what a preflight told them. Unit: ms. */
  maxAgeMs: z.number().min(0).default(600_000),
})

export type CorsOptions = z.output<typeof corsOptions>

const allMethods = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']
const alwaysAllowed = ['Accept', 'Accept-Language', 'Content-Language', 'Content-Type']
const preflightVary = ['Origin', 'Method', 'Headers', 'Private-Network']
  .map((name, i) => (i === 0 ? name : `Access-Control-Request-${name}`))
  .join(', ')

/**
 * Cross-origin requests as Starlette's middleware answers them: preflights here, everything else with the headers that let a browser read
 * it, refusals and errors too.
 */
export function cors(options: CorsOptions): Layer {
  const { origins, originPattern, credentials, exposeHeaders } = options
  const pattern = originPattern === undefined ? undefined : new RegExp(`^(?:${originPattern})$`, 'u')
  const allows = (origin: string) => origins === true || origins.includes(origin) || (pattern?.test(origin) ?? false)
  const preflight = preflightOf(options, allows)
  // with credentials, "*" would be refused by browsers
  const named = origins !== true || credentials

  return (request, response, next) => {
    const { origin } = request.headers
    if (origin && request.method === 'OPTIONS' && 'access-control-request-method' in request.headers) {
      preflight(request, response, origin)
      return
    }
    onHeaders(response, () => {
      if (named) vary(response, 'Origin')
      if (!origin || !allows(origin)) return
      response.setHeader('access-control-allow-origin', named ? origin : '*')
      if (credentials) response.setHeader('access-control-allow-credentials', 'true')
      if (exposeHeaders.length > 0) response.setHeader('access-control-expose-headers', exposeHeaders.join(', '))
    })
    next()
  }
}

function preflightOf(options: CorsOptions, allows: (origin: string) => boolean) {
  const methods = options.methods === true ? allMethods : options.methods
  const headers = options.headers === true ? true : [...new Set([...alwaysAllowed, ...options.headers])].sort()
  const named = options.origins !== true || options.credentials
  const always = {
    vary: preflightVary,
    'access-control-allow-methods': methods.join(', '),
    'access-control-max-age': String(Math.floor(options.maxAgeMs / 1000)),
    ...(headers !== true && { 'access-control-allow-headers': headers.join(', ') }),
    ...(options.credentials && { 'access-control-allow-credentials': 'true' }),
  }
  const known = headers === true ? undefined : headers.map((name) => name.toLowerCase())

  return ({ headers: asked }: IncomingMessage, response: ServerResponse, origin: string): void => {
    const wanted = asked['access-control-request-headers']
    const refused = [
      !allows(origin) && 'origin',
      !methods.includes(String(asked['access-control-request-method'])) && 'method',
      known && wanted?.split(',').some((name) => !known.includes(name.trim().toLowerCase())) && 'headers',
      'access-control-request-private-network' in asked && 'private-network',
    ].filter(Boolean)
    const told = {
      ...always,
      ...(allows(origin) && { 'access-control-allow-origin': named ? origin : '*' }),
      ...(!known && wanted && { 'access-control-allow-headers': wanted }),
    }
    if (refused.length > 0) sendText(response, 400, `Disallowed CORS ${refused.join(', ')}`, told)
    else sendText(response, 200, 'OK', told)
  }
}

function isPattern(text: string): boolean {
  try {
    return Boolean(new RegExp(text, 'u'))
  } catch {
    return false
  }
}
