import type { Document, DocumentArray, JsonObject } from '../proto/index.ts'
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

interface Bound {
  [BINDINGS]?: Map<string, PropertyKey>
}

/** Binds endpoints of this executor to one of its methods; a later binding of the same endpoint wins. */
export function bind(executor: object, endpoints: readonly string[], method: PropertyKey): void {
  if (!(BINDINGS in executor)) Object.defineProperty(executor, BINDINGS, { value: new Map() })
  for (const endpoint of endpoints) (executor as Bound)[BINDINGS]?.set(endpoint, method)
}

/** The endpoints of an executor in the order they were defined. */
export function endpointsOf(executor: Executor): string[] {
  return [DRY_RUN_ENDPOINT, ...((executor as Bound)[BINDINGS]?.keys() ?? [])]
}

/** The method for an endpoint: its own, else the default one, else none (the request passes unchanged). */
export function lookUp(executor: Executor, endpoint: string): EndpointMethod | undefined {
  const bound = (executor as Bound)[BINDINGS]
  const method = bound?.get(endpoint) ?? (endpoint === DRY_RUN_ENDPOINT ? undefined : bound?.get(DEFAULT_ENDPOINT))
  return method === undefined ? undefined : (executor as unknown as Record<PropertyKey, EndpointMethod>)[method]
}

type MethodDecorator = (method: EndpointMethod, context: ClassMethodDecoratorContext<Executor>) => void

/**
 * Binds a method to endpoints: `@requests('/index')`, `@requests(['/index', '/search'])`, and `@requests()` or plain
 * `@requests` for all that nothing else serves.
 */
export function requests(endpoints?: string | readonly string[]): MethodDecorator
export function requests(method: EndpointMethod, context: ClassMethodDecoratorContext<Executor>): void
export function requests(
  first: string | readonly string[] | EndpointMethod = DEFAULT_ENDPOINT,
  context?: ClassMethodDecoratorContext<Executor>,
): MethodDecorator | undefined {
  if (typeof first === 'function') {
    decorate([DEFAULT_ENDPOINT], context as ClassMethodDecoratorContext<Executor>)
    return undefined
  }
  const endpoints = typeof first === 'string' ? [first] : first
  return (_method, methodContext) => decorate(endpoints, methodContext)
}

// An initializer runs for every new object, parents' before children's: so a class inherits bindings and may rebind them.
function decorate(endpoints: readonly string[], context: ClassMethodDecoratorContext<Executor>): void {
  context.addInitializer(function (this: Executor) {
    bind(this, endpoints, context.name)
  })
}
