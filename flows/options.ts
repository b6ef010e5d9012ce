import { z } from 'zod'
import type { ExecutorClass } from '../executors/index.ts'
import { gatewayOptions } from '../gateway/index.ts'
import { compileQuery, FlowError, type JsonObject, type Logger, maxTimerMs, type Query } from '../proto/index.ts'
import { ELSEWHERE } from './jina-keys.ts'

/** A name that routes, targets and parameters can use: an identifier, as Jina demands. */
const identifier = z
  .string()
  .regex(/^([\p{L}_][\p{L}\p{N}_]*)?$/u, 'must be letters, digits and _, and not begin with a digit')

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
  /**
   * The executor: a class, `./file.ts#Export`, a package, a name of the library or of an export of `modules`, an executor's YAML as a file or
   * as text. @default passes documents through
   */
  uses: uses().optional(),
  /** Options of the executor, checked by its schema. */
  usesWith: z.record(z.string(), z.unknown()).optional(),
  /** Its name apart from the deployment's: an object of that name among the parameters is meant for it too. */
  usesMetas: z.looseObject({ name: z.string().min(1).optional(), workspace: z.string().optional() }).optional(),
  /** Endpoint → method of the executor; it replaces the last endpoint that the method had. */
  usesRequests: z.record(z.string(), z.string()).optional(),
  /** Jina's dynamic batching, by endpoint. Accepted; it batches nothing yet. */
  usesDynamicBatching: z.record(z.string(), z.unknown()).optional(),
  /** Files whose exports `uses` may name. @default the flow's */
  modules: files().optional(),
  /** Deployments whose answers it takes, in the order in which they merge, or `gateway`. @default the last one that does not float */
  needs: z.union([z.string(), z.array(z.string())]).optional(),
  /** Nobody waits for it, unless one that is awaited needs it. It ends before the flow does. */
  floating: z.boolean().default(false),
  /** It gets the documents of its branches apart, as `docsMatrix` and `docsMap` of the context; shards keep theirs apart in the answer. */
  noReduce: z.boolean().default(false),
  /** A filter in docarray's query language: the documents that it and those behind it get. */
  when: z.record(z.string(), z.unknown()).transform(queryOf).optional(),
  /** Partitions of its data, each an executor of its own. */
  shards: z.int().min(1).max(1000).default(1),
  /** Copies of it, or of each of its shards, that take turns. */
  replicas: z.int().min(1).max(1000).default(1),
  /** Which shards get a request: the next, or all; for all endpoints, or by endpoint and `*`. `/search` is ALL and `/index` ANY unless named. */
  polling: z.union([polling(), z.record(z.string(), polling())]).default('ANY'),
  /** With shards: an executor that gets requests before them. */
  usesBefore: uses().optional(),
  /** With shards: an executor that gets their answers, not merged. */
  usesAfter: uses().optional(),
  /** What one try may take; -1: no limit. Unit: ms. @default the flow's */
  timeoutSend: z.int().min(-1).optional(),
  /** Times that a request is sent again which was not delivered or not answered in time; -1: 3, or as many as there are replicas. @default the flow's */
  retries: z.int().min(-1).optional(),
  /** The Python class that peers make of its tensors and embeddings. @default as it leaves them */
  outputArrayType: z.enum(['numpy', 'list', 'torch', 'tensorflow', 'paddle']).optional(),
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

/** What an executor may be said to be. */
function uses() {
  const anExecutor = z.custom<ExecutorClass>(
    (value) => typeof value === 'function',
    'must be a class, a path or a name',
  )
  const path = z
    .string()
    .min(1)
    .refine((text) => !/\.py$|^(docker|jinahub|jinaai)\S*:\/\//.test(text), ELSEWHERE)
  return z.union([path, anExecutor])
}

function files() {
  return z.union([z.string().min(1), z.array(z.string().min(1))]).transform((names) => [names].flat())
}

function polling() {
  return z
    .string()
    .toUpperCase()
    .pipe(z.enum(['ANY', 'ALL']))
}

function queryOf(filter: Record<string, unknown>, context: z.RefinementCtx): Query {
  try {
    return compileQuery(filter as JsonObject)
  } catch (error) {
    const { reason, details } = FlowError.from(error)
    context.addIssue({ code: 'custom', message: details.hint ? `${reason}. ${details.hint}` : reason })
    return z.NEVER
  }
}

/** A flow, as the user writes it: the gateway's options and its own. */
export const flowOptions = gatewayOptions.extend({
  name: z.string().optional(),
  /** Folder for the files of all executors. @default ~/.cache/sluice */
  workspace: z.string().optional(),
  /** Refuse what is only warned of otherwise: a deployment whose answer nobody takes, a name given twice. */
  strict: z.boolean().default(false),
  /** What becomes of `inspect` deployments: COLLECT joins them at the end, HANG lets them float, REMOVE leaves them out. */
  inspect: z.enum(['COLLECT', 'HANG', 'REMOVE']).default('COLLECT'),
  /** Files whose exports `uses` may name. */
  modules: files().default([]),
  /** `timeoutSend` and `retries` of executors that do not say so themselves. */
  timeoutSend: z.int().min(-1).default(-1),
  retries: z.int().min(-1).default(0),
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
