import { apiEndpoint, type Document, type DocumentArray, FlowError, type JsonObject } from '../proto/index.ts'
import { apisOf } from './api/api.ts'
import type { Context } from './context.ts'
import type { Executor } from './executor.ts'

/** What an endpoint may give back: nothing (documents as changed in place), other documents, or an object for `__results__`. */
// biome-ignore lint/suspicious/noConfusingVoidType: a method without a return statement is the usual case
export type EndpointResult = DocumentArray | JsonObject | undefined | null | void

/** What a generator method yields: documents of the answer, in their order. */
export type Yielded = Document | readonly Document[]

/**
 * A method that is a generator gives documents as they come; it may return an object for `__results__`. A caller who asked for parts
 * gets each at once, and the next is asked for when it has been taken; others get all of them in the end.
 */
export type EndpointStream =
  | AsyncGenerator<Yielded, StreamResult, undefined>
  | Generator<Yielded, StreamResult, undefined>

// biome-ignore lint/suspicious/noConfusingVoidType: a generator without a return statement is the usual case
type StreamResult = JsonObject | undefined | void

/** A method of an executor that serves an endpoint. */
export type EndpointMethod = (
  docs: DocumentArray,
  context: Context,
) => EndpointResult | Promise<EndpointResult> | EndpointStream

/** Runs for every endpoint that has no method of its own. */
export const DEFAULT_ENDPOINT = '/default'

/** Answered by every executor, by doing nothing: how a flow is probed. Jina's name. */
export const DRY_RUN_ENDPOINT = '_jina_dry_run_'

// a symbol that two copies of this package agree on: a user's file may import another one than the CLI that loads it
const BINDINGS = Symbol.for('sluice.endpoints')

/** What is said of an endpoint where it is bound. */
export interface EndpointOptions {
  /**
   * False where running a request twice does harm: then one whose executor was lost after it had begun is not run again, but answered
   * with ABORTED. @default true
   */
  idempotent?: boolean
}

interface Binding extends EndpointOptions {
  readonly method: PropertyKey
}

interface Bound {
  [BINDINGS]?: Map<string, Binding>
}

/** Binds endpoints of this executor to one of its methods; a later binding of the same endpoint wins. */
export function bind(
  executor: object,
  endpoints: readonly string[],
  method: PropertyKey,
  options: EndpointOptions = {},
): void {
  if (!(BINDINGS in executor)) Object.defineProperty(executor, BINDINGS, { value: new Map() })
  for (const endpoint of endpoints) (executor as Bound)[BINDINGS]?.set(endpoint, { ...options, method })
}

/** The property that holds the function of an endpoint where there is no method with a name of its own. */
export function methodName(endpoint: string): string {
  return `on ${endpoint}`
}

/**
 * Binds endpoints to methods by name (of an executor without decorators: by endpoint); each takes the place of the last endpoint that its
 * method had before.
 * @throws {FlowError} INVALID_ARGUMENT for a method that is not there
 */
export function rebind(executor: Executor, requests: Readonly<Record<string, string>>): void {
  const bound = (executor as Bound)[BINDINGS]
  const before = new Map([...(bound ?? [])].map(([endpoint, binding]) => [binding.method, { endpoint, binding }]))
  for (const [endpoint, name] of Object.entries(requests)) {
    const method = [name, methodName(name)].find((key) => typeof executor[key as keyof Executor] === 'function')
    if (method === undefined) throw noSuchMethod(executor, name)
    const last = before.get(method)
    if (last) bound?.delete(last.endpoint)
    bind(executor, [endpoint], method, last?.binding)
  }
}

function noSuchMethod(executor: Executor, name: string): FlowError {
  const methods = [...((executor as Bound)[BINDINGS]?.values() ?? [])].map(({ method }) => String(method))
  return new FlowError('INVALID_ARGUMENT', `${executor.constructor.name} has no method "${name}"`, {
    executor: executor.name,
    hint: `Its endpoints are served by ${[...new Set(methods)].join(', ') || 'none'}`,
  })
}

/** The endpoints of an executor in the order they were defined. */
export function endpointsOf(executor: Executor): string[] {
  return [DRY_RUN_ENDPOINT, ...((executor as Bound)[BINDINGS]?.keys() ?? [])]
}

/** The endpoints of an executor whose requests must not run twice. */
export function onceOnlyOf(executor: Executor): string[] {
  const bindings = [...((executor as Bound)[BINDINGS] ?? [])]
  const typed = apisOf(executor).map(({ name, idempotent }) => [apiEndpoint(name), { idempotent }] as const)
  return [...bindings, ...typed].filter(([, { idempotent = true }]) => !idempotent).map(([endpoint]) => endpoint)
}

/** The method for an endpoint: its own, else the default one, else none (the request passes unchanged). */
export function lookUp(executor: Executor, endpoint: string): EndpointMethod | undefined {
  const bound = (executor as Bound)[BINDINGS]
  const binding = bound?.get(endpoint) ?? (endpoint === DRY_RUN_ENDPOINT ? undefined : bound?.get(DEFAULT_ENDPOINT))
  return binding && (executor as unknown as Record<PropertyKey, EndpointMethod>)[binding.method]
}

type MethodDecorator = (method: EndpointMethod, context: ClassMethodDecoratorContext<Executor>) => void

/**
 * Binds a method to endpoints: `@requests('/index')`, `@requests(['/index', '/search'])`, and `@requests()` or plain
 * `@requests` for all that nothing else serves; `@requests('/pay', { idempotent: false })` for what must not run twice.
 */
export function requests(endpoints?: string | readonly string[], options?: EndpointOptions): MethodDecorator
export function requests(method: EndpointMethod, context: ClassMethodDecoratorContext<Executor>): void
export function requests(
  first: string | readonly string[] | EndpointMethod = DEFAULT_ENDPOINT,
  second?: ClassMethodDecoratorContext<Executor> | EndpointOptions,
): MethodDecorator | undefined {
  if (typeof first === 'function') {
    decorate([DEFAULT_ENDPOINT], second as ClassMethodDecoratorContext<Executor>)
    return undefined
  }
  const endpoints = typeof first === 'string' ? [first] : first
  return (_method, context) => decorate(endpoints, context, second as EndpointOptions | undefined)
}

// An initializer runs for every new object, parents' before children's: so a class inherits bindings and may rebind them.
function decorate(
  endpoints: readonly string[],
  context: ClassMethodDecoratorContext<Executor>,
  options?: EndpointOptions,
): void {
  context.addInitializer(function (this: Executor) {
    bind(this, endpoints, context.name, options)
  })
}
