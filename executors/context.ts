import type { Branch, Call, Caller, DataRequest, DocumentArray, Handler, JsonObject, Logger } from '../proto/index.ts'
import { deploymentOf, type Handle, useDeployment } from './api/use.ts'
import { Background } from './background.ts'

/** What an endpoint's method gets beside the documents. */
export interface Context<Parameters extends JsonObject = JsonObject> {
  /** Parameters of the request as meant for this executor; its own copy. */
  readonly parameters: Parameters
  /**
   * The documents of each branch, in `needs` order, where the deployment says `noReduce`; else one entry with all of them. They are the
   * documents that the method was given, not copies. Undefined where there are none at all.
   */
  readonly docsMatrix: readonly DocumentArray[] | undefined
  /** The same by the name of the last executor on each branch, or `gateway`. */
  readonly docsMap: Readonly<Record<string, DocumentArray>>
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
  /** What is to be done when the answer has been handed over: `context.background.add(notify, id)`. */
  readonly background: Background
  /**
   * Another deployment of the flow, for typed calls: `await context.use(Iris).classify({ … })`, `for await (… of context.use(Iris).stream())`.
   * They end with this call, and have its deadline, headers and caller.
   * @param Class - the executor, for its types
   * @param deployment - @default the class's name, its first letter small: `iris` for `Iris`
   * @throws {FlowError} FAILED_PRECONDITION where no other deployment can be reached; calls reject with NOT_FOUND where it is not there
   */
  use<C extends { readonly name: string }>(Class: C, deployment?: string): Handle<C>
}

/** A Context that costs nothing until it is read. */
export class RunContext implements Context {
  readonly logger: Logger
  readonly #request: DataRequest
  readonly #call: Call
  readonly #peers: Handler | undefined
  readonly #docs: DocumentArray
  readonly #name: string
  #parameters: JsonObject | undefined
  #matrix: readonly DocumentArray[] | undefined
  #background: Background | undefined

  /**
   * @param docs - what the method is given
   * @param name - an object among the parameters that is called so is meant for this executor too
   */
  constructor(request: DataRequest, call: Call, logger: Logger, docs: DocumentArray, name: string, peers?: Handler) {
    this.#request = request
    this.#call = call
    this.logger = logger
    this.#docs = docs
    this.#name = name
    this.#peers = peers
  }

  get parameters(): JsonObject {
    this.#parameters ??= meantFor(this.#name, this.#request.ownParameters())
    return this.#parameters
  }

  get docsMatrix(): readonly DocumentArray[] | undefined {
    this.#matrix ??= cut(this.#docs, this.#branches)
    return this.#matrix.some(({ length }) => length > 0) ? this.#matrix : undefined
  }

  get docsMap(): Readonly<Record<string, DocumentArray>> {
    this.#matrix ??= cut(this.#docs, this.#branches)
    return Object.fromEntries(this.#branches.map(({ executor }, i) => [executor, this.#matrix?.[i] as DocumentArray]))
  }

  get #branches(): readonly Branch[] {
    return this.#request.branches ?? FROM_GATEWAY
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

  get background(): Background {
    this.#background ??= new Background()
    return this.#background
  }

  /** What was added to it, if anything. @internal */
  get addedBackground(): Background | undefined {
    return this.#background
  }

  use<C extends { readonly name: string }>(Class: C, deployment: string = deploymentOf(Class)): Handle<C> {
    return useDeployment<C>(deployment, this.#peers, this.#call)
  }
}

const FROM_GATEWAY: readonly Branch[] = [{ executor: 'gateway' }]

function meantFor(name: string, parameters: JsonObject): JsonObject {
  const own = Object.hasOwn(parameters, name) ? parameters[name] : undefined
  return typeof own === 'object' && own !== null && !Array.isArray(own) ? { ...parameters, ...own } : parameters
}

function cut(docs: DocumentArray, branches: readonly Branch[]): DocumentArray[] {
  let at = 0
  return branches.map(({ count }) => {
    if (count === undefined) return docs
    at += count
    return docs.slice(at - count, at)
  })
}
