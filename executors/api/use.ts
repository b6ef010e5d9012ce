import { type Call, FlowError, type Handler, type Signature, type Signatures } from '../../proto/index.ts'
import { callApi, streamApi } from './handle.ts'

/** Typed endpoints of another deployment, by their names. */
export type Handle<C> = { readonly [K in keyof Signatures<C>]: Called<Signatures<C>[K]> }

type Called<S> =
  S extends Signature<infer Given, infer Result, infer Stream>
    ? (...given: Given) => Stream extends true ? AsyncIterable<Result> : PromiseLike<Result>
    : never

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
