import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { FlowError, type Logger, silent } from '../proto/index.ts'
import { type AnyApi, bindApi, boundApi } from './api/api.ts'
import type { ApiOptions } from './api/types.ts'
import { bind, type EndpointMethod, type EndpointOptions, methodName, rebind } from './endpoints.ts'
import { type ExecutorInit, issuesText, type StandardSchema } from './options.ts'

/**
 * What computes. A subclass binds methods to endpoints with `@requests`; a method gets the documents and a Context,
 * changes the documents in place, or returns others, or an object (collected under `parameters.__results__`), or nothing.
 *
 * @example
 * class Upper extends Executor {
 *   \@requests('/index')
 *   upper(docs: DocumentArray) {
 *     for (const doc of docs) doc.text = doc.text.toUpperCase()
 *   }
 * }
 */
export class Executor<Options = unknown> {
  /** Checks `usesWith`; without one, no options are accepted. */
  static options?: StandardSchema

  /** Name of its deployment in the flow. */
  readonly name: string
  /** `usesWith` after its schema. */
  readonly options: Options
  readonly logger: Logger
  /** Its name apart from its deployment's: `usesMetas.name`, else the class name. */
  readonly metas: { readonly name: string }
  /** Which shard it is, counted from 0; 0 without shards. */
  readonly shard: number
  readonly #workspace: string

  constructor(init: ExecutorInit<Options> = {}) {
    this.name = init.name ?? this.constructor.name
    this.options = (init.options ?? {}) as Options
    this.logger = init.logger ?? silent
    this.metas = { name: init.metas?.name ?? this.constructor.name }
    this.shard = init.shard ?? 0
    const folder = init.workspace ?? init.metas?.workspace ?? join(homedir(), '.cache', 'sluice')
    this.#workspace = join(folder, this.metas.name, init.shard === undefined ? '' : `${init.shard}`)
  }

  /** A folder for its files, made when first asked for. */
  get workspace(): string {
    mkdirSync(this.#workspace, { recursive: true })
    return this.#workspace
  }

  /** Runs before the first request: load models, open connections. */
  init?(): void | Promise<void>

  /** Runs after the last request. */
  close?(): void | Promise<void>
}

/** A class of executors. */
export interface ExecutorClass<Options = unknown> {
  // biome-ignore lint/suspicious/noExplicitAny: each class says itself what options it takes
  new (init?: ExecutorInit<any>): Executor<Options>
  readonly options?: StandardSchema
}

/** The parts of {@link defineExecutor}. */
export interface ExecutorDefinition {
  /** Shown in errors and routes. */
  name: string
  options?: StandardSchema
  init?(this: Executor): void | Promise<void>
  close?(this: Executor): void | Promise<void>
  /** Endpoint → function, such as `{'/index': (docs) => { … }}`. */
  requests?: Record<string, (this: Executor, ...given: Parameters<EndpointMethod>) => ReturnType<EndpointMethod>>
  /** Name → typed endpoint, such as `{ add: api({ input: { a: z.int() } }, ({ a }) => a + 1) }`. */
  apis?: Record<string, AnyApi>
  /** What is said of endpoints, such as `{'/pay': { idempotent: false }}`. */
  endpoints?: Record<string, EndpointOptions>
}

/** What a client learns of typed endpoints from `typeof` an executor that {@link defineExecutor} made. */
export interface DefinedApis<D extends ExecutorDefinition> {
  /** For the compiler alone. */
  readonly apis?: D['apis']
}

/** An executor class without decorators. */
export function defineExecutor<const D extends ExecutorDefinition>(definition: D): ExecutorClass & DefinedApis<D> {
  const { name, options, init, close, requests = {}, endpoints, apis = {} } = definition
  const typed = Object.entries(apis).map(([key, { options: said, method }]) => {
    const options: ApiOptions = said
    return { bound: boundApi(options.name ?? key, options, methodName(`api ${key}`)), method }
  })
  const Defined = class extends Executor {
    constructor(init?: ExecutorInit) {
      super(init)
      for (const { bound } of typed) bindApi(this, bound)
      for (const endpoint of Object.keys(requests)) bind(this, [endpoint], methodName(endpoint), endpoints?.[endpoint])
    }
  }
  Object.defineProperty(Defined, 'name', { value: name })
  for (const [endpoint, method] of Object.entries(requests)) {
    Object.defineProperty(Defined.prototype, methodName(endpoint), { value: method })
  }
  for (const { bound, method } of typed) Object.defineProperty(Defined.prototype, bound.method, { value: method })
  Object.assign(Defined.prototype, init && { init }, close && { close })
  return Object.assign(Defined, options && { options }) as ExecutorClass & DefinedApis<D>
}

/**
 * Makes an executor: checks its options, constructs it, and awaits its `init`.
 * @throws {FlowError} INVALID_ARGUMENT for options that its schema refuses and methods that it has not, FAILED_PRECONDITION where it does not start
 */
export async function createExecutor(Class: ExecutorClass, init: ExecutorInit = {}): Promise<Executor> {
  const name = init.name ?? Class.name
  const options = await checkedOptions(Class, init.options, name)
  const notStarted = (error: unknown) =>
    new FlowError('FAILED_PRECONDITION', `${Class.name} did not start: ${FlowError.from(error).reason}`, {
      executor: name,
      cause: error,
    })
  const executor = await attempt(() => new Class({ ...init, options }), notStarted)
  rebind(executor, init.requests ?? {})
  await attempt(() => executor.init?.(), notStarted)
  return executor
}

async function attempt<T>(run: () => T, failed: (error: unknown) => FlowError): Promise<Awaited<T>> {
  try {
    return await run()
  } catch (error) {
    throw failed(error)
  }
}

async function checkedOptions(Class: ExecutorClass, given: unknown, executor: string): Promise<unknown> {
  const schema = Class.options
  if (!schema) {
    const unknown = Object.keys((given ?? {}) as object)
    if (unknown.length === 0) return {}
    throw new FlowError('INVALID_ARGUMENT', `${Class.name} takes no options, and was given ${unknown.join(', ')}`, {
      executor,
      hint: `Declare them: static options = z.object({ ${unknown[0]}: … })`,
    })
  }
  const { value, issues } = await schema['~standard'].validate(given ?? {})
  if (!issues) return value
  throw new FlowError('INVALID_ARGUMENT', `options of ${Class.name}: ${issuesText(issues)}`, { executor })
}
