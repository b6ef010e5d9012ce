import type {
  ExecutorMember,
  FileData,
  JsonValue,
  NdArray,
  Signature,
  Signatures,
  TensorLike,
} from '../../proto/index.ts'
import type { ServiceDescription } from './endpoint.ts'
import type { FileResult } from './file-result.ts'
import type { FileInput } from './files.ts'
import type { ServiceCallOptions } from './options.ts'
import type { Task, TaskStatus } from './task.ts'

// What the compiler knows of a service, from its executor's class or from what `sluice client types` printed.

/** Options come second, also where there are no arguments. */
type WithOptions<Given extends readonly unknown[]> = Given extends readonly []
  ? [args?: Record<string, never>, options?: ServiceCallOptions]
  : [...Given, options?: ServiceCallOptions]

/** An endpoint with one result. */
export type Unary<Given extends readonly unknown[] = [args?: object], Result = unknown> = (
  ...given: WithOptions<Given>
) => Promise<Result>

/** An endpoint that streams. */
export type Streaming<Given extends readonly unknown[] = [args?: object], Item = unknown> = (
  ...given: WithOptions<Given>
) => AsyncGenerator<Item, void, undefined>

/** An endpoint that may be submitted too, to be asked for its result later; FAILED_PRECONDITION where it is no task. */
export interface Submittable<Given extends readonly unknown[] = [args?: object], Result = unknown>
  extends Unary<Given, Result> {
  submit(...given: WithOptions<Given>): Promise<Task<Result>>
  status(id: string, options?: ServiceCallOptions): Promise<TaskStatus>
  /** Its result. @throws {FlowError} what the task failed with; INVALID_ARGUMENT where it is not done */
  get(id: string, options?: ServiceCallOptions): Promise<Result>
  /** Asks until it is done, then gets its result. */
  wait(id: string, options?: ServiceCallOptions): Promise<Result>
  cancel(id: string, options?: ServiceCallOptions): Promise<void>
  retry(id: string, options?: ServiceCallOptions): Promise<Task<Result>>
}

/** What every service has beside its endpoints; an endpoint of such a name is `api_<name>`. */
export interface ServiceMembers {
  /** Calls an endpoint by its name. */
  call(name: string, args?: unknown, options?: ServiceCallOptions): Called
  /** True where it takes requests now. Never throws. */
  isReady(options?: { signal?: AbortSignal }): Promise<boolean>
  /** What it serves. @throws {FlowError} as `connect` */
  describe(): Promise<ServiceDescription>
  /** A request of one's own below the service's address, with its token and headers. The answer is given as it comes, whatever its status. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** Gives up what is on its way, closes connections, and removes files that have no other place. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A call that was made: a result to be awaited, or items to be iterated. */
// biome-ignore lint/suspicious/noExplicitAny: who calls by name knows what comes
export type Called = Promise<any> & AsyncIterable<any>

/** A service as its user sees it: the endpoints of `C` as methods. */
export type Service<C = unknown> = ServiceMembers & Methods<C>

type Methods<C> = unknown extends C
  ? { readonly [name: string]: AnyMethod }
  : 'apis' extends keyof C
    ? OfSignatures<Signatures<C>>
    : C extends abstract new (
          ...given: never[]
        ) => object
      ? OfSignatures<Signatures<C>>
      : { readonly [K in keyof C as Renamed<K>]: C[K] }

// biome-ignore lint/suspicious/noExplicitAny: nothing is known of it
type AnyMethod = ((args?: any, options?: ServiceCallOptions) => Called) & Omit<Submittable<[args?: any], any>, never>

type OfSignatures<S> = { readonly [K in Exclude<keyof S, ExecutorMember> as Renamed<K>]: OfSignature<S[K]> }

type OfSignature<S> =
  S extends Signature<infer Given, infer Result, infer Stream>
    ? Stream extends true
      ? Streaming<SentAll<Given>, Received<Result>>
      : Submittable<SentAll<Given>, Received<Result>>
    : never

/** Names that a service itself has, or that would make it a promise. */
type Own = keyof ServiceMembers | 'then' | 'catch' | 'finally' | keyof typeof Object.prototype

type Renamed<K> = K extends string ? (K extends Own ? `api_${K}` : K) : never

type SentAll<Given extends readonly unknown[]> = { [K in keyof Given]: Sent<Given[K]> }

/** What may be given for what an endpoint takes: files in all their forms, tensors as lists. */
export type Sent<T> = 0 extends 1 & T
  ? T
  : T extends FileData
    ? FileInput
    : T extends NdArray
      ? TensorLike
      : T extends Date | ArrayBufferView | ArrayBuffer | FileInput
        ? T
        : T extends JsonValue
          ? T
          : T extends readonly (infer E)[]
            ? readonly Sent<E>[]
            : T extends object
              ? { [K in keyof T]: Sent<T[K]> }
              : T

/** What comes of what an endpoint gives back. Inside JSON, a file is all there. */
export type Received<T> = 0 extends 1 & T ? T : T extends FileData ? FileResult : T
