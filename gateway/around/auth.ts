import { hash as digest, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { FlowError, type Logger } from '../../proto/index.ts'
import { isProbe } from '../health.ts'
import type { AuthCall, Authenticate, Refuse } from '../protocols/index.ts'
import type { Layer } from './layer.ts'

/**
 * Says who calls: a name, by which callers take turns and which executors see. Undefined refuses with UNAUTHENTICATED (401); a FlowError that
 * is thrown refuses with its own code (PERMISSION_DENIED is 403), any other error with INTERNAL.
 */
export type AuthFunction = (call: AuthCall) => string | undefined | Promise<string | undefined>

const secret = z.string().min(1)

/** Whom the gateway lets in. */
export const authOptions = z.union(
  [
    z.strictObject({
      /** Who has it is let in, as `Authorization: Bearer …`; browsers ask people for it as a password, whatever the name. */
      token: secret,
    }),
    z.strictObject({
      /** One for each caller, by their names. */
      tokens: z.record(z.string().min(1), secret),
    }),
    z.custom<AuthFunction>((value) => typeof value === 'function', 'must be a function'),
  ],
  'must be {token}, {tokens: {name: token}} or a function',
)

export type AuthOptions = z.output<typeof authOptions>

export function authenticator(options: AuthOptions, logger: Logger): Authenticate {
  if (typeof options !== 'function') {
    const ask = tokenAuth(options)
    return (call) => letIn(call, ask(call))
  }
  return async (call) => {
    let principal: string | undefined
    try {
      principal = await options(call)
    } catch (error) {
      if (FlowError.is(error)) throw error
      logger.error({ err: error, protocol: call.protocol }, 'the auth function failed')
      throw new FlowError('INTERNAL', 'nobody could tell who calls')
    }
    return letIn(call, principal)
  }
}

function letIn({ authorization }: AuthCall, principal: string | undefined): string {
  if (principal) return principal
  const reason = authorization === undefined ? 'no credentials were sent' : 'these credentials are not known here'
  throw new FlowError('UNAUTHENTICATED', reason, { hint: 'Send Authorization: Bearer and your token' })
}

/** Asks for every request but probes; who is not let in gets 401 or 403 in the words of the path's protocol. */
export function authLayer(authenticate: Authenticate, refuse: Refuse): Layer {
  return (request, response, next) => {
    if (isProbe(request)) return next()
    const pass = (principal: string) => {
      ;(request as Proven)[PRINCIPAL] = principal
      next()
    }
    const keepOut = (error: unknown) => {
      const err = FlowError.from(error)
      if (err.codeName === 'UNAUTHENTICATED') response.setHeader('www-authenticate', challenge(request))
      refuseUnread(request, response, err, refuse)
    }
    let found: string | Promise<string>
    try {
      found = authenticate(callOf(request))
    } catch (error) {
      return keepOut(error)
    }
    // the body begins to come at once: who need not wait does not
    if (typeof found === 'string') pass(found)
    else found.then(pass, keepOut)
  }
}

/** Who sent a request, where somebody was asked. */
export function principalOf(request: IncomingMessage): string | undefined {
  return (request as Proven)[PRINCIPAL]
}

const PRINCIPAL = Symbol('principal')

// on the request itself: a WeakMap of requests keeps the collector busy
type Proven = IncomingMessage & { [PRINCIPAL]?: string }

// the body of who is not let in is not waited for
function refuseUnread(request: IncomingMessage, response: ServerResponse, error: FlowError, refuse: Refuse): void {
  if (!request.complete && ('transfer-encoding' in request.headers || Number(request.headers['content-length']) > 0)) {
    response.shouldKeepAlive = false
  }
  refuse(request, response, error)
}

// people are asked by their browser; a program would not know what to do with that
function challenge({ headers, method }: IncomingMessage): string {
  const page = method === 'GET' && headers.accept?.includes('text/html') && !headers.upgrade
  const bearer = headers.authorization?.startsWith('Bearer ') ? 'Bearer error="invalid_token"' : 'Bearer'
  return page ? `${bearer}, Basic realm="Sluice", charset="UTF-8"` : bearer
}

function callOf(request: IncomingMessage): AuthCall {
  const { headers, method = '', url = '', socket } = request
  const protocol = headers.upgrade?.toLowerCase() === 'websocket' ? 'websocket' : 'http'
  let read: ReadonlyMap<string, string> | undefined
  return {
    ...{ protocol, method, path: url, address: socket.remoteAddress, authorization: headers.authorization },
    // most look at one alone
    get headers() {
      read ??= new Map(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]))
      return read
    },
  }
}

function tokenAuth(options: Exclude<AuthOptions, AuthFunction>): (call: AuthCall) => string | undefined {
  const named: Readonly<Record<string, string>> = 'token' in options ? { token: options.token } : options.tokens
  const known = Object.entries(named).map(([name, token]) => ({ name, hash: hashOf(token) }))
  return ({ authorization }) => {
    const token = tokenIn(authorization)
    if (token === undefined) return undefined
    const hash = hashOf(token)
    // all are compared: how long it takes tells nothing
    let found: string | undefined
    for (const { name, hash: other } of known) if (timingSafeEqual(hash, other)) found = name
    return found
  }
}

function tokenIn(header = ''): string | undefined {
  const [, scheme = '', given = ''] = /^(bearer|basic) +(\S+)\s*$/i.exec(header) ?? []
  if (scheme.toLowerCase() === 'bearer') return given
  if (scheme.toLowerCase() !== 'basic') return undefined
  const pair = Buffer.from(given, 'base64').toString()
  return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : undefined
}

function hashOf(token: string): Buffer {
  return digest('sha256', token, 'buffer')
}
