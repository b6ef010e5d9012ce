import type { Document } from './document.ts'
import type { Tensor } from './document-fields.ts'
import type { Content } from './document-init.ts'
import { FlowError } from './flow-error.ts'

/**
 * An ordered batch of documents: a JavaScript array of Documents with docarray's views of it.
 *
 * `filter`, `slice` and `concat` give a DocumentArray, `map` a plain array.
 */
export class DocumentArray extends Array<Document> {
  /** What `map` and `flatMap` make: their results are no documents. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }

  // the bytes of each document as they were read
  #read: readonly (Uint8Array | undefined)[] | undefined

  constructor(documents?: Iterable<Document>) {
    super()
    // `DocumentArray.of` passes a length
    if (typeof documents === 'object') for (const document of documents) this.push(document)
  }

  /** The texts, `''` for a document without one. */
  get texts(): string[] {
    return this.map((document) => document.text)
  }
  set texts(texts: readonly string[]) {
    this.#spread('texts', texts, (document, text) => {
      document.text = text
    })
  }

  get blobs(): Uint8Array[] {
    return this.map((document) => document.blob)
  }
  set blobs(blobs: readonly Uint8Array[]) {
    this.#spread('blobs', blobs, (document, blob) => {
      document.blob = blob
    })
  }

  get tensors(): (Tensor | undefined)[] {
    return this.map((document) => document.tensor)
  }
  set tensors(tensors: readonly Tensor[]) {
    this.#spread('tensors', tensors, (document, tensor) => {
      document.tensor = tensor
    })
  }

  get contents(): (Content | undefined)[] {
    return this.map((document) => document.content)
  }
  set contents(contents: readonly Content[]) {
    this.#spread('contents', contents, (document, content) => {
      document.content = content
    })
  }

  get embeddings(): (Tensor | undefined)[] {
    return this.map((document) => document.embedding)
  }
  set embeddings(embeddings: readonly Tensor[]) {
    this.#spread('embeddings', embeddings, (document, embedding) => {
      document.embedding = embedding
    })
  }

  get ids(): string[] {
    return this.map((document) => document.id)
  }

  /** The first document of that id. */
  get(id: string): Document | undefined {
    return this.find((document) => document.id === id)
  }

  override filter(keep: (document: Document, index: number, array: Document[]) => unknown): DocumentArray {
    return new DocumentArray(super.filter(keep))
  }

  override slice(start?: number, end?: number): DocumentArray {
    return new DocumentArray(super.slice(start, end))
  }

  override concat(...others: (Document | ConcatArray<Document>)[]): DocumentArray {
    return new DocumentArray(super.concat(...others))
  }

  /**
   * The documents at paths such as `@r`, `@c`, `@m`, `@cm` (matches of chunks) or `@r,c,m` (all three, one after the other).
   * @throws {FlowError} INVALID_ARGUMENT for a path that is not of these letters
   */
  traverse(paths: string): DocumentArray {
    const found = new DocumentArray()
    for (const path of paths.replace(/^@/, '').split(',')) {
      let level: readonly Document[] = this
      for (const step of path.trim()) level = walk(level, step, paths)
      for (const document of level) found.push(document)
    }
    return found
  }

  /** Documents of one's own, see {@link Document.clone}. */
  clone(): DocumentArray {
    return new DocumentArray(this.map((document) => document.clone()))
  }

  /** Documents that keep no message alive, see {@link Document.detach}. For who stores them. */
  detach(): DocumentArray {
    return new DocumentArray(this.map((document) => document.detach()))
  }

  /** Writes the documents to a file: JSON, NDJSON or protobuf by its extension, or as said. Node only. */
  async save(file: string, format?: 'json' | 'ndjson' | 'protobuf'): Promise<void> {
    const { saveDocuments } = await import('./files.ts')
    await saveDocuments(this, file, format)
  }

  /** Reads documents that {@link save} wrote. Node only. */
  static async load(file: string, format?: 'json' | 'ndjson' | 'protobuf'): Promise<DocumentArray> {
    const { loadDocuments } = await import('./files.ts')
    return loadDocuments(file, format)
  }

  /** @internal For codecs: these are all documents of one message, in its order. */
  wasRead(): this {
    const read: (Uint8Array | undefined)[] = []
    for (let i = 0; i < this.length; i++) read.push(this[i]?.wire?.bytes)
    this.#read = read
    return this
  }

  /** @internal True while these are the documents that were read, in the same order, each still in its bytes. */
  get untouched(): boolean {
    const read = this.#read
    if (read?.length !== this.length) return false
    for (let i = 0; i < read.length; i++) {
      const bytes = this[i]?.wire?.bytes
      if (bytes === undefined || bytes !== read[i]) return false
    }
    return true
  }

  override toString(): string {
    return `DocumentArray (length=${this.length})`
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }

  #spread<T>(name: string, values: readonly T[], set: (document: Document, value: T) => void): void {
    if (values.length !== this.length) {
      throw new FlowError('INVALID_ARGUMENT', `${values.length} ${name} for ${this.length} documents`)
    }
    this.forEach((document, index) => {
      set(document, values[index] as T)
    })
  }
}

function walk(level: readonly Document[], step: string, paths: string): readonly Document[] {
  if (step === 'r') return level
  if (step === 'c') return level.flatMap((document) => [...document.chunks])
  if (step === 'm') return level.flatMap((document) => [...document.matches])
  throw new FlowError('INVALID_ARGUMENT', `"${paths}" is no path of documents`, {
    hint: 'Write it of r, c and m, such as "@r,c,cm".',
  })
}
