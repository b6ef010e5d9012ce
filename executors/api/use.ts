import { type Call, FlowError, type Handler } from '../../proto/index.ts'
import type { TaskResponse } from '../background.ts'
import type { Executor } from '../executor.ts'
import type { ApiDefinition } from './api.ts'
import { callApi, streamApi } from './handle.ts'
import type { CallArguments, Got } from './types.ts'

/** Typed endpoints of another deployment, by their names. */
export type Handle<C> = 'apis' extends keyof C
  ? DefinedHandle<NonNullable<C['apis']>>
  : C extends abstract new (
        ...given: never[]
      ) => infer I
    ? MethodsHandle<I>
    : never

type DefinedHandle<A> = {
  readonly [K in keyof A]: A[K] extends ApiDefinition<infer I, infer O, infer Stream>
    ? (args: CallArguments<I>) => Stream extends true ? AsyncIterable<Got<O>> : PromiseLike<Got<O>>
    : never
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the method takes
type Method = (args: any, ...context: any[]) => unknown

type MethodsHandle<I> = {
  readonly [K in Exclude<keyof I, keyof Executor> as I[K] extends Method ? K : never]: I[K] extends Method
    ? (...args: Parameters<I[K]> extends [] ? [] : [args: Parameters<I[K]>[0]]) => Outcome<ReturnType<I[K]>>
    : never
}

type Outcome<R> = R extends AsyncGenerator<infer Item> | Generator<infer Item>
  ? AsyncIterable<Item>
  : PromiseLike<Result<Awaited<R>>>

type Result<R> = R extends TaskResponse<infer T> ? T : R

/**
 * Calls to the typed endpoints of a deployment, made in the name of `call`: they end with it, and have what is left of its time, its
 * headers and its caller. A call begins when it is awaited, or its first item is asked for.
 */
export function useDeployment<C>(deployment: string, peers: Handler | undefined, call: Call): Handle<C> {
  if (!peers) {
    throw new FlowError('FAILED_PRECONDITION', `deployment "${deployment}" cannot be reached from here`, {
      hint: 'An executor reaches others inside a flow, or with Redis',
    })
  }
  const send: Handler = (request, inner) =>
    peers(request.with({ header: { ...request.header, targetExecutor: deployment } }), inner)
  const { deadline, metadata, caller } = call
  const options = { deadline, metadata, caller, parent: call }
  const begin = (name: string, args: unknown = {}) => {
    let result: Promise<unknown> | undefined
    const awaited = () => (result ??= callApi(send, name, args, options))
    return {
      // biome-ignore lint/suspicious/noThenProperty: who awaits it wants the result, who iterates it the items
      then: (...handlers: Parameters<Promise<unknown>['then']>) => awaited().then(...handlers),
      [Symbol.asyncIterator]: () => streamApi(send, name, args, options),
    }
  }
  return new Proxy(
    {},
    {
      // a handle that is awaited is no promise
      get: (_, name) =>
        typeof name === 'symbol' || name === 'then' ? undefined : (args: unknown) => begin(name, args),
    },
  ) as Handle<C>
}

/** `IrisClassifier` → `irisClassifier` */
export function deploymentOf(Class: { readonly name: string }): string {
  return Class.name.charAt(0).toLowerCase() + Class.name.slice(1)
}
