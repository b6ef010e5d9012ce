import { DocumentArray } from './document-array.ts'
import { newId } from './id.ts'
import { cloneJson, type JsonObject } from './json.ts'
import type { Status } from './status.ts'

/** Who asked for what, and how it went. */
export interface Header {
  /** The client's id of the request, echoed; not unique among clients. */
  requestId: string
  /** Absent on success. */
  status?: Status | undefined
  /** The endpoint: which function of the executors to run. Absent and `''` both mean none. */
  execEndpoint?: string | undefined
  /** Regex at the start of a node's name that selects the nodes to run; absent or `''` selects all. */
  targetExecutor?: string | undefined
  /** Passed on, never read, as in Jina. */
  timeout?: number | undefined
  /** How long the request may take from when it comes in; the gateway's default without it. Unit: ms. Sluice's own. */
  timeoutMs?: number | undefined
  /** The caller wants the parts of the answer as they come. Sluice's own. */
  parts?: boolean | undefined
  /** In an answer: it is a part, counted from 0, and more follows. Sluice's own. */
  part?: number | undefined
  /** In an answer to a typed call: what HTTP says beside the result. Sluice's own, and never sent to Jina's processes. */
  response?: ResponseInfo | undefined
}

/** What an answer to a typed call says beside its result, in HTTP's words. */
export interface ResponseInfo {
  /** @default 200, or what the error's code stands for */
  status?: number | undefined
  /** In the order they were set; cookies are fields `set-cookie`. */
  headers?: readonly { readonly name: string; readonly value: string }[]
  /** After how many milliseconds a retry makes sense. */
  retryAfterMs?: number | undefined
  /** JSON: why arguments were refused, see {@link FlowErrorDetails.issues}. */
  issues?: string
}

/** One node's visit to a request. Times are milliseconds since 1970, with fractions. */
export interface Route {
  executor: string
  startTime?: number | undefined
  /** Absent where the node was skipped. */
  endTime?: number | undefined
  status?: Status | undefined
}

/** What one way through a graph gave to a node. */
export interface Branch {
  /** The last executor on this way, or `gateway`. */
  readonly executor: string
  /** How many documents it gave, where those of several branches are kept apart. */
  readonly count?: number | undefined
}

/** How to read the bytes of parameters and documents: a codec's half of a lazy request. @internal */
export interface RequestReader {
  parameters(bytes: Uint8Array): JsonObject
  docs(bytes: Uint8Array): DocumentArray
}

/** Parameters and documents that are still bytes. @internal */
export interface RequestWire {
  readonly parameters?: Uint8Array | undefined
  readonly data?: Uint8Array | undefined
  readonly reader: RequestReader
}

export interface DataRequestInit {
  /** @default a new random id, no endpoint */
  header?: Partial<Header>
  parameters?: JsonObject | undefined
  routes?: Route[]
  docs?: DocumentArray | undefined
}

/**
 * Header, parameters, documents and routes: the same shape both ways.
 *
 * Parameters and documents stay in the bytes they came in until someone reads them. Whoever is given a request keeps
 * it as it is: to answer, {@link with} makes another one that shares what did not change.
 */
export class DataRequest {
  readonly header: Header
  readonly routes: Route[]
  /** In a request to an executor: where its documents come from. Several, with counts, stand for documents that were kept apart. */
  readonly branches: readonly Branch[] | undefined
  #wire: RequestWire | undefined
  #parameters: JsonObject | undefined
  #docs: DocumentArray | undefined

  constructor(init: DataRequestInit = NOTHING, given?: Given) {
    if (given) {
      this.header = given.header
      this.routes = given.routes
      this.branches = given.branches
    } else {
      this.header = { ...init.header, requestId: init.header?.requestId ?? newId() }
      this.routes = init.routes ?? []
      this.branches = undefined
      this.#parameters = init.parameters
      this.#docs = init.docs
    }
  }

  /** @internal For codecs. */
  static lazy(given: Given, wire: RequestWire | undefined): DataRequest {
    const request = new DataRequest(NOTHING, given)
    request.#wire = wire
    return request
  }

  /** The input parameters; `__results__` collects what executors returned as objects. */
  get parameters(): JsonObject {
    this.#parameters ??= this.ownParameters()
    return this.#parameters
  }

  /** The documents. */
  get docs(): DocumentArray {
    this.#docs ??= this.ownDocs()
    return this.#docs
  }

  /** Jina's spelling: `request.data.docs` is `request.docs`. */
  get data(): { readonly docs: DocumentArray } {
    return this
  }

  /** Absent on success. */
  get status(): Status | undefined {
    return this.header.status
  }

  /** True where an executor failed. */
  get failed(): boolean {
    return this.header.status?.code === 1
  }

  /** True where it carries documents, if only an empty list; a request may lack the field altogether. */
  get hasDocs(): boolean {
    return this.#docs !== undefined || this.#wire?.data !== undefined
  }

  /** True where there is any parameter to read. */
  get hasParameters(): boolean {
    return this.#parameters !== undefined || this.#wire?.parameters !== undefined
  }

  /** True where nobody can have changed parameters between the two. */
  sharesParameters(other: DataRequest): boolean {
    return this.#parameters === other.#parameters && this.#wire?.parameters === other.#wire?.parameters
  }

  /** The parameters of another request on this one. */
  withParametersOf(other: DataRequest): DataRequest {
    if (this.sharesParameters(other)) return this
    const next = this.with({})
    next.#parameters = other.#parameters ?? (other.#wire?.parameters ? undefined : {})
    if (next.#wire?.parameters !== other.#wire?.parameters) next.#wire = mixed(next.#wire, other.#wire)
    return next
  }

  /** Documents of the reader's own, over shared read-only buffers: changing them leaves this request as it is. */
  ownDocs(): DocumentArray {
    if (this.#docs) return this.#docs.clone()
    const wire = this.#wire
    return wire?.data ? wire.reader.docs(wire.data) : new DocumentArray()
  }

  /** Parameters of the reader's own. */
  ownParameters(): JsonObject {
    if (this.#parameters) return cloneJson(this.#parameters)
    const wire = this.#wire
    return wire?.parameters ? wire.reader.parameters(wire.parameters) : {}
  }

  /** Another request that shares with this one what `changes` does not name; but its branches are its own. */
  with(changes: RequestChanges): DataRequest {
    const next = new DataRequest(NOTHING, {
      header: changes.header ?? this.header,
      routes: changes.routes ?? this.routes,
      branches: changes.branches,
    })
    next.#wire = this.#wire
    next.#parameters = changes.parameters ?? this.#parameters
    next.#docs = changes.docs ?? this.#docs
    return next
  }

  /** @internal For codecs: parameters as the bytes they came in, unless somebody has had them in hand since. */
  get parameterBytes(): Uint8Array | undefined {
    return this.#parameters ? undefined : this.#wire?.parameters
  }

  /** @internal For codecs: documents as the bytes they came in, unless somebody has had them in hand since. */
  get dataBytes(): Uint8Array | undefined {
    return this.#docs ? undefined : this.#wire?.data
  }

  toString(): string {
    return "DataRequest ('header', 'parameters', 'routes', 'data')"
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

/** What a request has that was not written by a user, and need not be copied. */
interface Given {
  readonly header: Header
  readonly routes: Route[]
  readonly branches?: readonly Branch[] | undefined
}

const NOTHING: DataRequestInit = {}

/** What {@link DataRequest.with} can change. */
export interface RequestChanges {
  header?: Header
  routes?: Route[]
  parameters?: JsonObject | undefined
  docs?: DocumentArray
  branches?: readonly Branch[] | undefined
}

function mixed(data: RequestWire | undefined, parameters: RequestWire | undefined): RequestWire | undefined {
  const reader = data?.reader ?? parameters?.reader
  return reader && { reader, data: data?.data, parameters: parameters?.parameters }
}
