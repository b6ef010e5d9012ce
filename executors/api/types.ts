import type { Arguments, CallArguments, Fields, Given, Got, Input, JsonValue, Schema } from '../../proto/index.ts'
import type { TaskResponse } from '../background.ts'
import type { ApiContext } from './context.ts'

export type { Arguments, CallArguments, Fields, Given, Got, Input, Schema }

/** What a method with these schemas returns. */
export type Returned<O, Stream> = Stream extends true
  ? AsyncGenerator<Given<O>, void, undefined> | Generator<Given<O>, void, undefined>
  : Given<O> | TaskResponse<Given<O>> | Promise<Given<O> | TaskResponse<Given<O>>>

/** A method that serves a typed endpoint. */
export type ApiMethod<I extends Input, O, Stream> = (
  // biome-ignore lint/suspicious/noExplicitAny: a method may know its own class
  this: any,
  args: Arguments<I>,
  context: ApiContext,
) => Returned<O, Stream>

/** What is said of a typed endpoint. */
export interface ApiOptions<
  I extends Input = Input,
  O extends Schema | undefined = Schema | undefined,
  Stream = boolean,
> {
  /**
   * Arguments by name (`{ text: z.string() }`, or a schema of an object), or a schema of the one value that it takes: `z.string()`,
   * `file()`, `root(z.object({ … }))`. @default no arguments
   */
  input?: I
  /** Of the result, or of each item of a stream. @default anything that JSON can say */
  output?: O
  /** The method is a generator, and each item it yields is sent at once. @default false */
  stream?: Stream
  /** Path of its own, with or without leading slash; `/<name>` is then not served. @default "/<name>" */
  route?: string
  /** @default the method's name */
  name?: string
  /** Refuse members that no schema names, and convert nothing: `"7"` is no number. @default false */
  strict?: boolean
  /** Its one argument is a list, which may be joined with those of other calls. @default false */
  batchable?: boolean
  /** It may be submitted too, to be asked for its result later; then it does not stream. @default false */
  task?: boolean
  /** What a call may take; a task instead of the flow's `tasks.timeoutMs`. The caller may ask for less. Unit: ms. @default the flow's `timeoutMs` */
  timeoutMs?: number
  /** Calls at once at one gateway; more are refused with RESOURCE_EXHAUSTED (429). Tasks wait instead. @default no limit of its own */
  maxConcurrency?: number
  /** False where running a call twice does harm. @default true */
  idempotent?: boolean
  /** MIME type of the result. @default what its kind says: JSON, text, bytes, or the file's own */
  contentType?: string
  /** One line for the OpenAPI page. */
  summary?: string
  /** More of it; Markdown. */
  description?: string
  deprecated?: boolean
  /** Arguments of calls that one may try on the OpenAPI page. */
  examples?: readonly JsonValue[]
}
