import type { DocumentArray } from './document-array.ts'
import type { JsonObject } from './json.ts'
import type { NdArray } from './nd-array.ts'
import type { SparseNdArray } from './sparse-nd-array.ts'

/** How well a document did, in the eyes of one measure. */
export interface NamedScore {
  /** @default 0 */
  value?: number
  opName?: string
  description?: string
  refId?: string
}

export type Scores = Record<string, NamedScore>
export type Tensor = NdArray | SparseNdArray

/** A nested value still in the bytes it came in. */
export class Lazy<T> {
  readonly bytes: readonly Uint8Array[]
  readonly decode: (bytes: readonly Uint8Array[]) => T
  #value: T | undefined

  constructor(bytes: readonly Uint8Array[], decode: (bytes: readonly Uint8Array[]) => T) {
    this.bytes = bytes
    this.decode = decode
  }

  /** The value for who only reads it: decoded once, and the bytes stay what is written. */
  get value(): T {
    this.#value ??= this.decode(this.bytes)
    return this.#value
  }
}

/**
 * What a Document is made of. Absent is `undefined` for nested values and the empty value (`''`, `0`) for others,
 * as in docarray: an empty field is never written.
 * @internal
 */
export class DocumentFields {
  id = ''
  text = ''
  blob: Uint8Array | undefined = undefined
  tensor: Tensor | Lazy<Tensor> | undefined = undefined
  granularity = 0
  adjacency = 0
  parentId = ''
  weight = 0
  uri = ''
  modality = ''
  mimeType = ''
  offset = 0
  location: number[] | undefined = undefined
  chunks: DocumentArray | Lazy<DocumentArray> | undefined = undefined
  matches: DocumentArray | Lazy<DocumentArray> | undefined = undefined
  embedding: Tensor | Lazy<Tensor> | undefined = undefined
  tags: JsonObject | Lazy<JsonObject> | undefined = undefined
  scores: Scores | Lazy<Scores> | undefined = undefined
  evaluations: Scores | Lazy<Scores> | undefined = undefined
  metadata: JsonObject | Lazy<JsonObject> | undefined = undefined
}
