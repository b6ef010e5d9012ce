import { type ApiDescription, type ApiTypes, FlowError } from '../../proto/index.ts'
import type { Executor } from '../executor.ts'
import { describe } from './describe.ts'
import type { ApiMethod, ApiOptions, Input, Schema } from './types.ts'

/** A typed endpoint of an executor. */
export interface BoundApi {
  readonly description: ApiDescription
  readonly options: ApiOptions
  /** The executor's method that serves it. */
  readonly method: PropertyKey
}

/** A typed endpoint with its function, for `defineExecutor`; its types are its own, whatever it is put into. */
export interface AnyApi {
  /** {@link ApiOptions} */
  readonly options: object
  // biome-ignore lint/suspicious/noExplicitAny: checked where it was written
  readonly method: (this: any, ...given: any[]) => unknown
}

/** What {@link api} makes of options and a function. */
export interface ApiDefinition<I extends Input, O, Stream> extends AnyApi, ApiTypes<I, O, Stream> {}

type ApiDecorator<I extends Input, O, Stream> = <M extends ApiMethod<I, O, Stream>>(
  method: M,
  context: ClassMethodDecoratorContext<Executor, M>,
) => void

// a symbol that two copies of this package agree on: a user's file may import another one than the CLI that loads it
const APIS = Symbol.for('sluice.apis')

interface WithApis {
  [APIS]?: Map<string, BoundApi>
}

/**
 * Serves a method as a typed endpoint: its arguments are checked by `input`, its result by `output`, and a method that does not fit
 * them does not compile.
 *
 * @example
 * class Calculator extends Executor {
 *   \@api({ input: { a: z.int(), b: z.int().default(0) }, output: z.int() })
 *   add({ a, b }: { a: number; b: number }) {
 *     return a + b
 *   }
 * }
 * @throws {FlowError} INVALID_ARGUMENT for a name or a route that is none
 */
export function api<
  const I extends Input = Record<never, never>,
  O extends Schema | undefined = undefined,
  Stream extends boolean = false,
>(options?: ApiOptions<I, O, Stream>): ApiDecorator<I, O, Stream>
/** With the function: a typed endpoint for `defineExecutor`. */
export function api<
  const I extends Input = Record<never, never>,
  O extends Schema | undefined = undefined,
  Stream extends boolean = false,
>(options: ApiOptions<I, O, Stream>, method: ApiMethod<I, O, Stream>): ApiDefinition<I, O, Stream>
export function api(options: ApiOptions = {}, method?: AnyApi['method']): unknown {
  if (method) return { options, method } satisfies AnyApi
  return (_method: unknown, context: ClassMethodDecoratorContext<Executor>) => {
    const bound = boundApi(options.name ?? String(context.name), options, context.name)
    context.addInitializer(function (this: Executor) {
      bindApi(this, bound)
    })
  }
}

/** {@link api} with `task: true`: it may be submitted too, to be asked for its result later. */
export function task<const I extends Input = Record<never, never>, O extends Schema | undefined = undefined>(
  options?: Omit<ApiOptions<I, O, false>, 'task'>,
): ApiDecorator<I, O, false>
/** With the function: a task for `defineExecutor`. */
export function task<const I extends Input = Record<never, never>, O extends Schema | undefined = undefined>(
  options: Omit<ApiOptions<I, O, false>, 'task'>,
  method: ApiMethod<I, O, false>,
): ApiDefinition<I, O, false>
export function task(options: ApiOptions = {}, method?: AnyApi['method']): unknown {
  return (api as (options: ApiOptions, method?: AnyApi['method']) => unknown)({ ...options, task: true }, method)
}

/** @throws {FlowError} INVALID_ARGUMENT for a name or a route that is none */
export function boundApi(name: string, options: ApiOptions, method: PropertyKey): BoundApi {
  return { description: describe(name, options), options, method }
}

/**
 * Lets an executor serve a typed endpoint; one that a subclass binds to the same method takes the place of its parent's.
 * @throws {FlowError} INVALID_ARGUMENT for a name that two methods have
 */
export function bindApi(executor: object, bound: BoundApi): void {
  if (!(APIS in executor)) Object.defineProperty(executor, APIS, { value: new Map() })
  const { name } = bound.description
  const apis = (executor as WithApis)[APIS] as Map<string, BoundApi>
  const other = apis.get(name)
  if (other && other.method !== bound.method) {
    throw new FlowError('INVALID_ARGUMENT', `there are two typed endpoints named "${name}"`, {
      hint: `Methods ${String(other.method)} and ${String(bound.method)} serve it`,
    })
  }
  apis.set(name, bound)
}

/** What an executor serves with types, as gateways are told. */
export function apisOf(executor: object): ApiDescription[] {
  return [...((executor as WithApis)[APIS]?.values() ?? [])].map(({ description }) => description)
}

/** The typed endpoint of a name. */
export function findApi(executor: object, name: string): BoundApi | undefined {
  return (executor as WithApis)[APIS]?.get(name)
}
