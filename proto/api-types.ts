import type { StandardSchema } from './standard-schema.ts'

// What schemas say of a typed endpoint, for who serves it and who calls it.

/** A schema of a value: zod's, or any other that follows Standard Schema. */
// biome-ignore lint/suspicious/noExplicitAny: each schema says itself what it takes and gives
export type Schema = StandardSchema<any, any>

/** Arguments by name, each with its schema. */
export type Fields = Readonly<Record<string, Schema>>

/** What an endpoint takes: arguments by name, or one value. */
export type Input = Fields | Schema

type OutputOf<S extends Schema> = NonNullable<S['~standard']['types']>['output']
type InputOf<S extends Schema> = NonNullable<S['~standard']['types']>['input']

/** Properties that may be undefined may be left out. */
type WithOptional<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: T[K]
}
type Flat<T> = { [K in keyof T]: T[K] }

/** What a method gets: arguments after their schemas, defaults filled in. */
export type Arguments<I extends Input> = I extends Schema
  ? OutputOf<I>
  : I extends Fields
    ? Flat<WithOptional<{ -readonly [K in keyof I]: OutputOf<I[K]> }>>
    : never

/** What a caller gives: what has a default may be left out. */
export type CallArguments<I extends Input> = I extends Schema
  ? InputOf<I>
  : I extends Fields
    ? Flat<WithOptional<{ -readonly [K in keyof I]: InputOf<I[K]> }>>
    : never

/** What a method gives back, or yields where it streams. */
export type Given<O> = O extends Schema ? InputOf<O> : unknown

/** What a caller gets. */
export type Got<O> = O extends Schema ? OutputOf<O> : unknown

/** For the compiler alone: what an endpoint takes, gives back, and whether it streams. */
export interface ApiTypes<I extends Input, O, Stream> {
  readonly types?: { readonly input: I; readonly output: O; readonly stream: Stream }
}

/** What callers of an endpoint give and get: the result, or each item where it streams. */
export interface Signature<Given extends readonly unknown[] = [], Result = unknown, Stream = boolean> {
  readonly given: Given
  readonly result: Result
  readonly stream: Stream
}

/** Members that every executor has: none of them is an endpoint. */
export type ExecutorMember = 'name' | 'options' | 'logger' | 'workspace' | 'shard' | 'metas' | 'init' | 'close'

/** The typed endpoints of an executor (`typeof Iris`, a class or what `defineExecutor` made), by their names. */
export type Signatures<C> = 'apis' extends keyof C
  ? DefinedSignatures<NonNullable<C['apis']>>
  : C extends abstract new (
        ...given: never[]
      ) => infer I
    ? MethodSignatures<I>
    : never

type DefinedSignatures<A> = {
  readonly [K in keyof A]: A[K] extends ApiTypes<infer I, infer O, infer Stream>
    ? Signature<Optional<CallArguments<I>>, Got<O>, Stream>
    : never
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the method takes
type Method = (args: any, ...context: any[]) => unknown

type MethodSignatures<I> = {
  readonly [K in Exclude<keyof I, ExecutorMember> as I[K] extends Method ? K : never]: I[K] extends Method
    ? MethodSignature<Parameters<I[K]> extends [] ? [] : Optional<Parameters<I[K]>[0]>, ReturnType<I[K]>>
    : never
}

type MethodSignature<Given extends readonly unknown[], R> = R extends AsyncGenerator<infer Item> | Generator<infer Item>
  ? Signature<Given, Item, true>
  : Signature<Given, ResultOf<Awaited<R>>, false>

/** What is done in the background is not the caller's. */
type ResultOf<R> = R extends {
  readonly result: infer T
  readonly background: { readonly mode: 'sequential' | 'settled' }
}
  ? T
  : R

/** Arguments of which each may be left out may be left out together. */
type Optional<A> = Record<never, never> extends A ? [args?: A] : [args: A]
