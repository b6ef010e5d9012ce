import { z } from 'zod'
import {
  defaultPrefetch,
  defaultTimeoutMs,
  FlowError,
  maxConnectionBytes,
  maxInFlightBytes,
  maxMessageBytes,
  maxTimerMs,
} from '../proto/index.ts'
import { authOptions } from './around/auth.ts'
import { corsOptions } from './around/cors.ts'
import { healthOptions, infrastructurePaths } from './health.ts'
import { taskOptions } from './tasks/index.ts'

/** How one route of `exposeEndpoints` is served. */
const exposedEndpoint = z.strictObject({
  /** Path of the route. @default the endpoint's own name */
  httpPath: z.string().startsWith('/').optional(),
  methods: z
    .array(z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']))
    .min(1)
    .default(['POST']),
  tags: z.array(z.string()).default(['Customized']),
  summary: z.string().optional(),
  description: z.string().optional(),
  /** What a request to the endpoint may take at most, whatever its caller says; on every protocol. Unit: ms. @default no limit of its own */
  timeoutMs: z.number().positive().optional(),
  /** Requests to the endpoint at once, on all protocols together; more are refused with RESOURCE_EXHAUSTED. @default no limit of its own */
  maxConcurrency: z.int().positive().optional(),
})

const protocolName = z.enum(['grpc', 'http', 'websocket', 'graphql'])

/** Options of the front door, as the user writes them. */
export const gatewayOptions = z.strictObject({
  /** Name of a protocol, or several. @default "grpc" */
  protocol: z.union([protocolName, z.array(protocolName).min(1)]).default('grpc'),
  /**
   * Port of each protocol, or one for all; 0 takes a free one. HTTP, WebSocket and GraphQL share a port that is given to several of
   * them; gRPC has its own. @default 0
   */
  port: z.union([port(), z.array(port())]).default(0),
  /** Address to listen at. @default "0.0.0.0", as Jina */
  host: z.string().min(1).default('0.0.0.0'),
  /** What a request may take that does not say so itself. Unit: ms. */
  timeoutMs: z.number().positive().default(defaultTimeoutMs),
  /** Requests of one connection in flight; reading pauses at the limit. 0: no limit. */
  prefetch: z.int().min(0).default(defaultPrefetch),
  /** Largest message on any protocol, after decompression. Unit: bytes. */
  maxMessageBytes: z.int().positive().default(maxMessageBytes),
  /** Requests and unread answers of one connection; reading pauses at the limit. Unit: bytes. */
  maxConnectionBytes: z.int().positive().default(maxConnectionBytes),
  /** The same of all connections together; HTTP waits for room, and is refused with 429 when its time has passed. Unit: bytes. */
  maxInFlightBytes: z.int().positive().default(maxInFlightBytes),
  /** How often an idle connection is asked whether it is still there. Range: 1 s and up. Unit: ms. */
  heartbeatMs: z.number().min(1000).max(maxTimerMs).default(30_000),
  /** How long a new connection may take until it has said what it wants. Unit: ms. */
  handshakeTimeoutMs: z.int().positive().default(10_000),
  /** Compress answers for those who accept it: HTTP by Accept-Encoding, WebSocket by permessage-deflate. */
  compression: z.boolean().default(false),
  /**
   * Certificate and key, as paths of PEM files or their bytes. With `ca`, only clients are let in whose certificates these
   * authorities signed.
   */
  tls: z.strictObject({ cert: file(), key: file(), ca: file().optional() }).optional(),
  /** Answer browsers of other origins: true for all (without cookies and the like where there is `auth`), a list of origins, or more. */
  cors: z.union([z.boolean(), z.array(z.string()), corsOptions]).default(false),
  /** Hosts that requests of the web may be for, such as `example.com` or `*.example.com`; others are refused with 400. @default all */
  trustedHosts: z
    .array(z.string().regex(/^(\*|\*\.[^*]+|[^*]+)$/, 'must be like example.com or *.example.com'))
    .default([]),
  /** Send who comes by plain HTTP, here or at the proxy before (X-Forwarded-Proto), to HTTPS: with 307, or the status that stands here. */
  httpsRedirect: z.union([z.boolean(), z.literal([307, 308])]).default(false),
  /**
   * Whom the gateway lets in, on every protocol and page but probes: who has a `token`, or whoever a function names. @default all
   */
  auth: authOptions.optional(),
  /** What else `/livez` and `/readyz` ask. */
  health: healthOptions.default({}),
  /** Show figures for Prometheus at `/metrics` on every web port. */
  metrics: z.boolean().default(true),
  /** Whose ways to keep beside ours: BentoML's names at `/metrics`, and its `Server` header on typed routes. */
  compat: z.literal('bento').optional(),
  /** Requests at once, on all protocols together; more are refused with RESOURCE_EXHAUSTED (429). @default no limit */
  maxConcurrency: z.int().positive().optional(),
  /** Title and description of the OpenAPI page. */
  title: z.string().default('Sluice'),
  description: z.string().default('Documents in, documents out.'),
  /** Leave out `/post`, `/status` and `/dry_run`. */
  noDebugEndpoints: z.boolean().default(false),
  /** Leave out `/index`, `/search`, `/update` and `/delete`. */
  noCrudEndpoints: z.boolean().default(false),
  /** Serve GraphQL at `/graphql` on HTTP's port: the same as naming `graphql` beside `http`. Jina's name. */
  exposeGraphqlEndpoint: z.boolean().default(false),
  /** Folders whose files are served over HTTP, at `/` and below, the first that has one; an `index.html` is what browsers see first. */
  static: z
    .union([z.string().min(1), z.array(z.string().min(1))])
    .transform((folders) => [folders].flat())
    .default([]),
  /** Show the queues of executors with `transport: redis` at `/queues` on HTTP's port. Needs bull-board. */
  queues: z.boolean().default(false),
  /** What the paths of all typed endpoints begin with, such as `/v2`. @default none */
  pathPrefix: z
    .string()
    .regex(/^(\/[\w.~-]+)*$/, 'must be a path such as /v2, without a slash at its end')
    .default(''),
  /** Files that callers of typed endpoints name by URLs: from where they are fetched, and how large they may be. @default from nowhere */
  fileUrls: z
    .strictObject({
      /** Such as `https://example.org`. */
      origins: z.array(origin()).default([]),
      /** Unit: bytes. */
      maxBytes: z.int().positive().default(maxMessageBytes),
      /** Unit: ms. */
      timeoutMs: z.number().positive().default(10_000),
      /** Fetch from addresses of private networks and of this machine too. */
      allowPrivate: z.boolean().default(false),
    })
    .prefault({}),
  /** How typed endpoints with `task: true` are run and kept that are submitted. */
  tasks: taskOptions.prefault({}),
  /** HTTP routes of endpoints by their names. */
  exposeEndpoints: z.record(z.string(), exposedEndpoint).superRefine(refuseInfrastructure).default({}),
})

function refuseInfrastructure(
  endpoints: Record<string, z.output<typeof exposedEndpoint>>,
  { addIssue }: z.RefinementCtx,
) {
  for (const [name, { httpPath = name }] of Object.entries(endpoints)) {
    if (!infrastructurePaths.includes(httpPath)) continue
    addIssue({ code: 'custom', path: [name], message: `${httpPath} is the server's own: give it another httpPath` })
  }
}

function port() {
  return z.int().min(0).max(65535)
}

function origin() {
  const same = (text: string) => URL.canParse(text) && new URL(text).origin === text && /^https?:/.test(text)
  return z.string().refine(same, 'must be an origin such as https://example.org')
}

function file() {
  return z.union([z.string().min(1), z.instanceof(Uint8Array)])
}

/** As the user writes them; see {@link gatewayOptions} for what each means. */
export type GatewayOptions = z.input<typeof gatewayOptions>

/** With defaults, checked and frozen. */
export type CompiledGatewayOptions = Readonly<z.output<typeof gatewayOptions>>

/**
 * @throws {FlowError} INVALID_ARGUMENT that names every wrong option
 */
export function compileGatewayOptions(raw: GatewayOptions = {}): CompiledGatewayOptions {
  const { data, error } = gatewayOptions.safeParse(raw)
  if (data) return Object.freeze(data)
  const mistakes = error.issues.map(({ path, message }) => `${path.join('.') || 'options'}: ${message}`)
  throw new FlowError('INVALID_ARGUMENT', `gateway options: ${mistakes.join('; ')}`)
}
