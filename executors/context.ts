import type { Call, Caller, DataRequest, JsonObject, Logger } from '../proto/index.ts'

/** What an endpoint's method gets beside the documents. */
export interface Context<Parameters extends JsonObject = JsonObject> {
  /** Parameters of the request as meant for this executor; its own copy. */
  readonly parameters: Parameters
  /** Aborts when the deadline passes or the caller leaves; give it to whatever takes time. */
  readonly signal: AbortSignal
  /** Unit: milliseconds on `performance.now()`'s clock. */
  readonly deadline: number | undefined
  /** Headers of the call, keys in lower case. */
  readonly metadata: ReadonlyMap<string, string>
  readonly caller: Caller | undefined
  /** The endpoint that was asked for, which `/default` may serve. */
  readonly endpoint: string
  /** The client's id of the request. */
  readonly requestId: string
  readonly logger: Logger
}

/** A Context that costs nothing until it is read. */
export class RunContext implements Context {
  readonly logger: Logger
  readonly #request: DataRequest
  readonly #call: Call
  #parameters: JsonObject | undefined

  constructor(request: DataRequest, call: Call, logger: Logger) {
    this.#request = request
    this.#call = call
    this.logger = logger
  }

  get parameters(): JsonObject {
    this.#parameters ??= this.#request.ownParameters()
    return this.#parameters
  }

  get signal(): AbortSignal {
    return this.#call.signal
  }

  get deadline(): number | undefined {
    return this.#call.deadline
  }

  get metadata(): ReadonlyMap<string, string> {
    return this.#call.metadata
  }

  get caller(): Caller | undefined {
    return this.#call.caller
  }

  get endpoint(): string {
    return this.#request.header.execEndpoint ?? ''
  }

  get requestId(): string {
    return this.#request.header.requestId
  }
}
