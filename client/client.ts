import {
  type DataRequest,
  Document,
  DocumentArray,
  defaultPrefetch,
  defaultTimeoutMs,
  FlowError,
  type JsonObject,
  type Status,
} from '../proto/index.ts'
import { Connections } from './connections.ts'
import { openCall } from './deadline.ts'
import { type GraphqlAnswer, type GraphqlOptions, run, subscribe } from './graphql.ts'
import type { Inputs } from './inputs.ts'
import { type ClientOptions, resolveAddress } from './options.ts'
import type { Outcome } from './outcomes.ts'
import type { Platform } from './platform/platform.ts'
import { type PostOptions, postOutcomes, responseOf, type StreamOptions } from './post.ts'
import { type Profile, profileOf } from './profile.ts'
import { noProgress } from './progress.ts'

type Callbacks = 'onDone' | 'onError' | 'onAlways'

/** Options of a post without callbacks, whose results come back. */
type Collecting = Omit<PostOptions, Callbacks>

/** Options of a post with a callback, which gives nothing back. */
type Calling = PostOptions &
  (
    | Required<Pick<PostOptions, 'onDone'>>
    | Required<Pick<PostOptions, 'onError'>>
    | Required<Pick<PostOptions, 'onAlways'>>
  )

/** The client, whatever it runs on. */
export class BaseClient {
  readonly #options: ClientOptions
  readonly #platform: Platform
  readonly #connections: Connections

  /** @internal Use Client. */
  constructor(options: ClientOptions, platform: Platform) {
    this.#options = options
    this.#platform = platform
    this.#connections = new Connections(resolveAddress(options), platform, options.maxMessageBytes)
  }

  /**
   * Sends inputs to an endpoint in requests of `requestSize` documents. Without callbacks it gives back all documents (or, with
   * `returnResponses`, all responses); with any callback, nothing.
   *
   * @throws {FlowError} what an executor threw, unless `onError` or `continueOnError` is given; why no answer came, unless `onError` is
   */
  post(on: string, inputs: Inputs, options: Calling): Promise<void>
  post(on: string, inputs: Inputs, options: Collecting & { returnResponses: true }): Promise<DataRequest[]>
  post(on: string, inputs?: Inputs, options?: Collecting): Promise<DocumentArray>
  async post(
    on: string,
    inputs?: Inputs,
    options: PostOptions = {},
  ): Promise<DocumentArray & DataRequest[] & undefined> {
    const calling = options.onDone !== undefined || options.onError !== undefined || options.onAlways !== undefined
    const responses: DataRequest[] = []
    const progress = options.showProgress ? await this.#platform.progress(on) : noProgress
    try {
      for await (const outcome of this.#outcomes(on, inputs, options)) {
        const response = await settle(outcome, options)
        if (options.showProgress) progress.advance(response.docs.length)
        if (!calling) responses.push(response)
      }
    } finally {
      progress.stop()
    }
    // the overloads say which of the three it is
    const result = calling ? undefined : options.returnResponses ? responses : concatenated(responses)
    return result as DocumentArray & DataRequest[] & undefined
  }

  /** {@link post} to `/index`. */
  readonly index = shortcut(this, '/index')
  /** {@link post} to `/search`. */
  readonly search = shortcut(this, '/search')
  /** {@link post} to `/update`. */
  readonly update = shortcut(this, '/update')
  /** {@link post} to `/delete`. */
  readonly delete = shortcut(this, '/delete')

  /**
   * The responses one by one, as they come; with `parts`, the parts of each before it. Who stops reading stops the sending, and
   * what runs for it.
   * @throws {FlowError} as {@link post}, after what came before it
   */
  async *stream(on: string, inputs?: Inputs, options: StreamOptions = {}): AsyncGenerator<DataRequest> {
    for await (const outcome of this.#outcomes(on, inputs, options)) yield await settle(outcome, options)
  }

  /**
   * Runs a GraphQL mutation at `/graphql`, over HTTP whatever the client's protocol. It gives back what the server answered,
   * `errors` included: look there before `data`.
   * @throws {FlowError} where no GraphQL answer came
   */
  mutate<Data = JsonObject>(
    mutation: string,
    variables?: JsonObject,
    options?: GraphqlOptions,
  ): Promise<GraphqlAnswer<Data>> {
    return run(this.#connections, { ...this.#graphql(options), query: mutation, variables })
  }

  /** Runs a GraphQL query; everything else is as with {@link mutate}. */
  query<Data = JsonObject>(
    query: string,
    variables?: JsonObject,
    options?: GraphqlOptions,
  ): Promise<GraphqlAnswer<Data>> {
    return this.mutate(query, variables, options)
  }

  /**
   * Runs a GraphQL subscription, and gives each answer as it comes: documents of endpoints that are streams. Who stops reading
   * stops it. `timeoutMs` is for the whole of it.
   * @throws {FlowError} where no GraphQL answer came, or it broke off
   */
  subscribe<Data = JsonObject>(
    subscription: string,
    variables?: JsonObject,
    options: GraphqlOptions = {},
  ): AsyncGenerator<GraphqlAnswer<Data>, void> {
    const headers = { ...this.#options.metadata, ...options.headers }
    return subscribe(this.#connections, { ...options, headers, query: subscription, variables })
  }

  /** True where an empty document passes through all executors. Never throws. */
  async isFlowReady(options: { signal?: AbortSignal } = {}): Promise<boolean> {
    try {
      return (await this.dryRun(options)).code === 0
    } catch {
      return false
    }
  }

  /**
   * Sends an empty document through all executors and tells how it went.
   * @throws {FlowError} UNAVAILABLE where nobody answers, DEADLINE_EXCEEDED where nobody does within the client's `timeoutMs`
   */
  async dryRun({ signal }: { signal?: AbortSignal } = {}): Promise<Status> {
    const { metadata = {}, timeoutMs = defaultTimeoutMs } = this.#options
    const expired = () => new FlowError('DEADLINE_EXCEEDED', `no answer within ${timeoutMs} ms`)
    const { call, end } = openCall({ timeoutMs, signal }, expired)
    try {
      const protocol = await this.#connections.protocol()
      return await protocol.dryRun({ metadata, call })
    } finally {
      end()
    }
  }

  /** Times one empty document's round trip and where it went. Unit: ms. */
  async profiling(): Promise<Profile> {
    const start = performance.now()
    const [answer] = await this.post('/', new Document(), { returnResponses: true })
    return profileOf(answer as DataRequest, performance.now() - start)
  }

  /** Gives up what is on its way, and closes its connections; a later post opens new ones. */
  close(): Promise<void> {
    return this.#connections.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async *#outcomes(on: string, inputs: Inputs, options: PostOptions & StreamOptions): AsyncGenerator<Outcome> {
    const metadata = { ...this.#options.metadata, ...options.headers, ...options.metadata }
    const session = await this.#connections.session({ metadata, compression: options.compression })
    const { prefetch = defaultPrefetch, timeoutMs } = this.#options
    yield* postOutcomes(
      { on, inputs, session, prefetch },
      { ...(timeoutMs !== undefined && { timeoutMs }), ...options },
    )
  }

  #graphql(options: GraphqlOptions = {}): GraphqlOptions {
    const { metadata, timeoutMs } = this.#options
    const headers = { ...metadata, ...options.headers }
    return { ...(timeoutMs !== undefined && { timeoutMs }), ...options, headers }
  }
}

/** Calls the callbacks of one outcome; what they throw is the post's error. */
async function settle(
  outcome: Outcome,
  { onDone, onError, onAlways, continueOnError }: PostOptions,
): Promise<DataRequest> {
  const { answer, error } = outcome
  const response = responseOf(outcome)
  if (!error) await onDone?.(response)
  else if (onError) await onError(response, error)
  await onAlways?.(response)
  if (error && !onError && !(continueOnError && answer)) throw error
  return response
}

function concatenated(responses: readonly DataRequest[]): DocumentArray {
  const [first, ...others] = responses
  if (first && others.length === 0) return first.docs
  const docs = new DocumentArray()
  for (const response of responses) for (const document of response.docs) docs.push(document)
  return docs
}

interface Shortcut {
  (inputs: Inputs, options: Calling): Promise<void>
  (inputs: Inputs, options: Collecting & { returnResponses: true }): Promise<DataRequest[]>
  (inputs?: Inputs, options?: Collecting): Promise<DocumentArray>
}

function shortcut(client: BaseClient, on: string): Shortcut {
  return ((inputs?: Inputs, options?: never) => client.post(on, inputs, options as never)) as unknown as Shortcut
}
