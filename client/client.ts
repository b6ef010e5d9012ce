import {
  type DataRequest,
  Document,
  DocumentArray,
  defaultPrefetch,
  FlowError,
  maxMessageBytes,
  type Status,
} from '../proto/index.ts'
import type { Inputs } from './inputs.ts'
import { type Address, type ClientOptions, resolveAddress } from './options.ts'
import type { Outcome } from './outcomes.ts'
import { type PostOptions, postOutcomes, responseOf } from './post.ts'
import { type Profile, profileOf } from './profile.ts'
import { createProgress } from './progress.ts'
import { httpProtocol } from './protocols/http.ts'
import type { ClientProtocol } from './protocols/protocol.ts'

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

/**
 * Sends documents to a flow. It connects when first used.
 *
 * @example
 * await using client = new Client({ host: 'http://localhost:8080' })
 * const docs = await client.post('/search', new Document('a whale'))
 */
export class Client {
  readonly #address: Address
  readonly #options: ClientOptions
  #protocol: Promise<ClientProtocol> | undefined

  /** @throws {FlowError} INVALID_ARGUMENT for a host that is none, or for what is said twice */
  constructor(options: ClientOptions = {}) {
    this.#options = options
    this.#address = resolveAddress(options)
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
    const progress = await createProgress(options.showProgress, on)
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
   * The responses one by one, as they come. Who stops reading stops the sending.
   * @throws {FlowError} as {@link post}
   */
  async *stream(
    on: string,
    inputs?: Inputs,
    options: Omit<PostOptions, Callbacks | 'returnResponses' | 'showProgress'> = {},
  ): AsyncGenerator<DataRequest> {
    for await (const outcome of this.#outcomes(on, inputs, options)) yield await settle(outcome, options)
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
   * @throws {FlowError} UNAVAILABLE where nobody answers
   */
  async dryRun({ signal }: { signal?: AbortSignal } = {}): Promise<Status> {
    const protocol = await this.#connect()
    return protocol.dryRun({ metadata: this.#options.metadata ?? {}, signal })
  }

  /** Times one empty document's round trip and where it went. Unit: ms. */
  async profiling(): Promise<Profile> {
    const start = performance.now()
    const [answer] = await this.post('/', new Document(), { returnResponses: true })
    return profileOf(answer as DataRequest, performance.now() - start)
  }

  /** Closes its connections; a later post opens new ones. */
  async close(): Promise<void> {
    const protocol = this.#protocol
    this.#protocol = undefined
    await (await protocol?.catch(() => undefined))?.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async *#outcomes(on: string, inputs: Inputs, options: PostOptions): AsyncGenerator<Outcome> {
    const protocol = await this.#connect()
    const metadata = { ...this.#options.metadata, ...options.headers, ...options.metadata }
    const session = protocol.open({ metadata, compression: options.compression })
    const { prefetch = defaultPrefetch, timeoutMs } = this.#options
    yield* postOutcomes(
      { on, inputs, session, prefetch },
      { ...(timeoutMs !== undefined && { timeoutMs }), ...options },
    )
  }

  #connect(): Promise<ClientProtocol> {
    this.#protocol ??= connect(this.#address, this.#options.maxMessageBytes ?? maxMessageBytes).catch((error) => {
      this.#protocol = undefined
      throw error
    })
    return this.#protocol
  }
}

// gRPC's library is for Node alone, and loaded when it is used
async function connect(address: Address, maxBytes: number): Promise<ClientProtocol> {
  if (address.protocol === 'http') return httpProtocol(address)
  if (address.protocol === 'grpc') return (await import('./protocols/grpc.ts')).grpcProtocol(address, maxBytes)
  throw new FlowError('UNIMPLEMENTED', `this client does not speak ${address.protocol} yet`, {
    hint: 'Use grpc or http',
  })
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

function shortcut(client: Client, on: string): Shortcut {
  return ((inputs?: Inputs, options?: never) => client.post(on, inputs, options as never)) as unknown as Shortcut
}
