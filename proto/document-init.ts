import type { Document } from './document.ts'
import type { Scores, Tensor } from './document-fields.ts'
import type { JsonObject } from './json.ts'
import type { TensorInput } from './sparse-nd-array.ts'

/** What `content` can be: a text, bytes or a tensor. */
export type Content = string | Uint8Array | Tensor

/** The fields of a new Document; all are optional. */
export interface DocumentInit {
  /** @default 32 random hex digits */
  id?: string
  /** Sets text, blob or tensor by its type. */
  content?: string | Uint8Array | TensorInput
  text?: string
  blob?: Uint8Array
  tensor?: TensorInput
  embedding?: TensorInput
  /** Any JSON object. Numbers are doubles on the wire. */
  tags?: JsonObject
  /** Where the content lives; guesses `mimeType` from its extension. */
  uri?: string
  mimeType?: string
  chunks?: Iterable<DocumentLike>
  matches?: Iterable<DocumentLike>
  scores?: Scores
  evaluations?: Scores
  weight?: number
  modality?: string
  granularity?: number
  adjacency?: number
  offset?: number
  location?: number[]
  parentId?: string
  metadata?: JsonObject
}

/** A Document, its fields, or its text. */
export type DocumentLike = Document | DocumentInit | string
