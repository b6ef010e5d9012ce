import { z } from 'zod'
import type { ExecutorClass } from '../executors/index.ts'
import { gatewayOptions } from '../gateway/index.ts'
import { FlowError, type Logger, maxTimerMs } from '../proto/index.ts'

/** A name that routes, targets and parameters can use: an identifier, as Jina demands. */
const identifier = z
  .string()
  .regex(/^[\p{L}_][\p{L}\p{N}_]*$/u, 'must be letters, digits and _, and not begin with a digit')

/** A certificate, its key or an authority: the path of a PEM file, or its bytes. */
const pem = z.union([z.string().min(1), z.instanceof(Uint8Array)])

const transportName = z.enum(['inproc', 'redis'])

/** Where Redis is, and how executors and gateways meet in it. */
const redisOptions = z.strictObject({
  /** `redis://user:password@host:port/database`; `rediss://` with TLS. */
  url: z.string().min(1),
  /** What all keys begin with; flows that share a Redis have different ones. @default "sluice" */
  prefix: z.string().min(1).optional(),
  /** How long an executor may be silent before its requests are given to others. Range: 500 and up. Unit: ms. @default 2000 */
  leaseMs: z.int().min(500).optional(),
})

/** One deployment, as the user writes it. */
export const deploymentOptions = z.strictObject({
  /** @default `executor0`, `executor1`, … by position */
  name: identifier.optional(),
  /** The executor: a class, `./file.ts#Export`, a package, or a name of the library. @default passes documents through */
  uses: z
    .union([
      z.string().min(1),
      z.custom<ExecutorClass>((value) => typeof value === 'function', 'must be a class, a path or a name'),
    ])
    .optional(),
  /** Options of the executor, checked by its schema. */
  usesWith: z.record(z.string(), z.unknown()).optional(),
  /** Deployments whose answers it takes, or `gateway`. @default the one before */
  needs: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
  /**
   * Where it runs: in this process, or in a thread of its own that is started again when it ends; then `uses` is a path or a name.
   * @default "inproc", or "thread" where it has an `env`
   */
  runtime: z.enum(['inproc', 'thread']).optional(),
  /** How the gateway reaches it: in this process, or through queues in Redis that any number of its replicas read. @default the flow's */
  transport: transportName.optional(),
  /** Over Redis: let requests wait while no executor is there, instead of refusing them. */
  waitForExecutors: z.boolean().default(false),
  /** It runs elsewhere, at `host` and `port`: an executor or a whole flow, of Jina's or ours, reached by gRPC. */
  external: z.boolean().default(false),
  /**
   * Where an external deployment is: a host, `grpc://host:port`, or `grpcs://host:port`. Several are replicas, which take turns.
   * @default "localhost"
   */
  host: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
  /** Port of an external deployment, of all its hosts or of each; not where `host` says it. */
  port: z.union([z.int().min(1).max(65535), z.array(z.int().min(1).max(65535)).min(1)]).optional(),
  /** Reach an external deployment over TLS: true trusts what Node trusts; `ca`, `cert` and `key` are PEM files, or their bytes. */
  tls: z
    .union([z.boolean(), z.strictObject({ ca: pem.optional(), cert: pem.optional(), key: pem.optional() })])
    .default(false),
  /** Sent to an external deployment with every call, such as `authorization`. */
  grpcMetadata: z.record(z.string().toLowerCase(), z.string()).optional(),
  /** Environment variables of its thread, beside the process's. */
  env: z.record(z.string(), z.string()).optional(),
  /** Requests that the executor runs at once; 1 runs them one after the other. Range: 1 and up. @default 1000 */
  concurrency: z.int().min(1).default(1000),
  /** Requests that wait for their turn, callers taking turns; more are refused with RESOURCE_EXHAUSTED. @default 10 000 */
  maxQueued: z.int().min(0).default(10_000),
  /** Folder for the executor's files. @default the flow's */
  workspace: z.string().optional(),
})

/** A flow, as the user writes it: the gateway's options and its own. */
export const flowOptions = gatewayOptions.extend({
  name: z.string().optional(),
  /** Folder for the files of all executors. @default ~/.cache/sluice */
  workspace: z.string().optional(),
  /** How the gateway reaches executors that do not say so themselves. */
  transport: transportName.default('inproc'),
  /** The Redis of executors with `transport: redis`: its URL, or more. */
  redis: z
    .union([
      z
        .string()
        .min(1)
        .transform((url) => ({ url })),
      redisOptions,
    ])
    .optional(),
  /** How long stopping waits for what runs. Unit: ms. */
  graceMs: z.number().min(0).default(30_000),
  /** How long the executors may take until all are ready. Unit: ms. */
  readyTimeoutMs: z.number().positive().max(maxTimerMs).default(600_000),
  /** Put stacks of executors' errors into answers. They tell strangers about the machine. */
  exposeStacks: z.boolean().default(false),
  /** What is logged, through any logger with debug, info, warn and error. @default warnings to standard error, by pino */
  logger: z
    .custom<Logger>((value) => typeof value === 'object' && value !== null && 'warn' in value, 'must be a logger')
    .optional(),
})

export type DeploymentOptions = z.input<typeof deploymentOptions>
export type FlowOptions = z.input<typeof flowOptions>
export type CompiledDeployment = z.output<typeof deploymentOptions> & { name: string }
export type CompiledFlowOptions = z.output<typeof flowOptions>

/** @throws {FlowError} INVALID_ARGUMENT that names every wrong option */
export function compile<Schema extends z.ZodType>(schema: Schema, raw: unknown, what: string): z.output<Schema> {
  const { data, error } = schema.safeParse(raw)
  if (!error) return data
  const mistakes = error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  )
  throw new FlowError('INVALID_ARGUMENT', `${what}: ${mistakes.join('; ')}`)
}
