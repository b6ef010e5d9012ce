import compression from 'compression'
import { FlowError, type Logger } from '../../proto/index.ts'
import type { CompiledGatewayOptions } from '../options.ts'
import type { Authenticate, Refuse } from '../protocols/index.ts'
import { authLayer } from './auth.ts'
import { type CorsOptions, cors, corsOptions } from './cors.ts'
import { httpsRedirect, trustedHosts } from './hosts.ts'
import type { Layer } from './layer.ts'
import { type ExpressMiddleware, isExpress, type Middleware, middlewareLayer } from './middleware.ts'

export type { Answer } from './answer.ts'
export { type AuthFunction, authenticator } from './auth.ts'
export type { ExpressMiddleware, Middleware } from './middleware.ts'

export interface AroundOptions
  extends Pick<CompiledGatewayOptions, 'cors' | 'trustedHosts' | 'httpsRedirect' | 'compression'> {
  /** What the user put around, the first outermost. */
  readonly middleware: readonly (Middleware | ExpressMiddleware)[]
  readonly authenticate: Authenticate | undefined
  readonly logger: Logger
}

/**
 * What stands around the sites of a web port, the first outermost: CORS, so that refusals can be read too; hosts; HTTPS; compression; the
 * user's own, as they were added; who calls. Nothing at all where nothing was asked for.
 */
export async function openLayers(options: AroundOptions): Promise<(refuse: Refuse) => readonly Layer[]> {
  const { trustedHosts: hosts, httpsRedirect: redirect, authenticate } = options
  const origins = originsOf(options.cors, authenticate !== undefined)
  const users = await usersLayers(options)
  const masked = (refuse: Refuse): Refuse => {
    return (request, response, error) => refuse(request, response, shown(error, options.logger))
  }
  return (refuse) => [
    ...(origins ? [cors(origins)] : []),
    ...(hosts.length > 0 && !hosts.includes('*') ? [trustedHosts(hosts)] : []),
    ...(redirect ? [httpsRedirect(redirect === true ? 307 : redirect)] : []),
    // the library is Express's, and all it needs of Express is Node's
    ...(options.compression ? [compression() as unknown as Layer] : []),
    ...users.map((layer) => layer(masked(refuse))),
    ...(authenticate ? [authLayer(authenticate, refuse)] : []),
  ]
}

/** Express is loaded for who brings some of its kind, and told what that costs. */
async function usersLayers({ middleware, logger }: AroundOptions): Promise<((refuse: Refuse) => Layer)[]> {
  if (!middleware.some(isExpress))
    return middleware.map((one) => (refuse) => middlewareLayer(one as Middleware, refuse))
  const { expressLayer } = await import('../protocols/http/express.ts')
  logger.warn(
    { middleware: middleware.filter(isExpress).map(({ name }) => name || 'anonymous') },
    'Express middleware stands before all routes: each request now costs 0.15 to 0.25 ms of CPU more, some times what a small one does',
  )
  return middleware.map(
    (one) => (refuse) => (isExpress(one) ? expressLayer(one, refuse) : middlewareLayer(one, refuse)),
  )
}

// what a middleware throws that is none of our errors is for who runs this, not for who calls
function shown(error: FlowError, logger: Logger): FlowError {
  if (error.codeName !== 'INTERNAL' || error.details.cause === undefined) return error
  logger.error({ err: error.details.cause }, 'a middleware failed')
  return new FlowError('INTERNAL', 'a middleware failed')
}

// pages of strangers are not to ask with what a browser knows of its user
function originsOf(option: AroundOptions['cors'], asksWho: boolean): CorsOptions | undefined {
  if (option === false) return undefined
  if (option === true) return corsOptions.parse({ origins: true, credentials: !asksWho })
  return Array.isArray(option) ? corsOptions.parse({ origins: option }) : option
}
