import { closest } from 'fastest-levenshtein'
import { DocumentArray } from './document-array.ts'
import { clonedFields, detachedFields } from './document-copy.ts'
import { DocumentFields, Lazy, type Scores, type Tensor } from './document-fields.ts'
import type { Content, DocumentInit, DocumentLike } from './document-init.ts'
import { adopt } from './document-nesting.ts'
import { FlowError } from './flow-error.ts'
import { newId } from './id.ts'
import type { JsonObject } from './json.ts'
import { guessMimeType } from './mime-type.ts'
import { type TensorInput, toTensor } from './sparse-nd-array.ts'

/** Bytes of one document and how to read them. */
interface Wire {
  readonly bytes: Uint8Array
  readonly decode: (bytes: Uint8Array, depth: number) => DocumentFields
  /** How many documents it is nested in. */
  readonly depth: number
}

/**
 * The unit of data: one content (text, blob or tensor) with an embedding, tags, scores, and nested documents.
 *
 * A document that came over a wire is read when somebody looks at it, and written back as the same bytes
 * when nobody changed it.
 */
export class Document {
  #wire: Wire | undefined
  #fields: DocumentFields | undefined

  /** @throws {FlowError} INVALID_ARGUMENT for more than one content or a tensor that is none */
  constructor(init?: DocumentInit | string) {
    if (init === NO_FIELDS) return
    this.#fields = new DocumentFields()
    if (init === undefined) return
    if (typeof init === 'string') this.#fields.text = init
    else this.#assign(init)
  }

  /** Makes a Document of what users write for one. */
  static from(input: DocumentLike): Document {
    return input instanceof Document ? input : new Document(input)
  }

  /** @internal For codecs: a document still in its bytes. */
  static lazy(wire: Wire): Document {
    const document = new Document(NO_FIELDS)
    document.#wire = wire
    return document
  }

  /** @internal For codecs: a document of these fields, which it keeps. */
  static of(fields: DocumentFields): Document {
    const document = new Document(NO_FIELDS)
    document.#fields = fields
    return document
  }

  /** @internal The bytes it came in while they still say all about it; with them, who can read them. */
  get wire(): Wire | undefined {
    return this.#wire
  }

  /** @internal For codecs and merging: everything, read only. */
  get fields(): DocumentFields {
    this.#fields ??= this.#decoded()
    return this.#fields
  }

  get id(): string {
    const fields = this.fields
    if (fields.id === '') this.#change().id = newId()
    return fields.id
  }
  set id(id: string) {
    this.#change().id = id
  }

  /** `''` where the content is not a text. Setting it clears blob and tensor. */
  get text(): string {
    return this.fields.text
  }
  set text(text: string) {
    this.#setContent('text', text)
  }

  /** Empty where the content is not bytes. Setting it clears text and tensor. */
  get blob(): Uint8Array {
    return this.fields.blob ?? NO_BYTES
  }
  set blob(blob: Uint8Array) {
    this.#setContent('blob', blob)
  }

  /** Setting it clears text and blob. */
  get tensor(): Tensor | undefined {
    return this.#read('tensor')
  }
  set tensor(tensor: TensorInput | undefined) {
    this.#setContent('tensor', tensor)
  }

  /** Text, blob or tensor, whichever is set; setting it chooses by type. */
  get content(): Content | undefined {
    const type = this.contentType
    return type && this[type]
  }
  set content(content: string | Uint8Array | TensorInput | undefined) {
    if (typeof content === 'string') this.text = content
    else if (content instanceof Uint8Array) this.blob = content
    else this.tensor = content
  }

  get contentType(): 'text' | 'blob' | 'tensor' | undefined {
    const { text, blob, tensor } = this.fields
    return text !== '' ? 'text' : blob && blob.length > 0 ? 'blob' : tensor ? 'tensor' : undefined
  }

  get embedding(): Tensor | undefined {
    return this.#read('embedding')
  }
  set embedding(embedding: TensorInput | undefined) {
    this.#change().embedding = embedding && toTensor(embedding)
  }

  get tags(): JsonObject {
    return this.#open('tags', emptyObject)
  }
  set tags(tags: JsonObject) {
    this.#change().tags = tags
  }

  get uri(): string {
    return this.fields.uri
  }
  set uri(uri: string) {
    const fields = this.#change()
    fields.uri = uri
    fields.mimeType = guessMimeType(uri) ?? fields.mimeType
  }

  get mimeType(): string {
    return this.fields.mimeType
  }
  set mimeType(mimeType: string) {
    this.#change().mimeType = mimeType
  }

  /** Parts of this document. They get its id as `parentId` and the next `granularity`. */
  get chunks(): DocumentArray {
    return this.#open('chunks', emptyArray)
  }
  set chunks(chunks: Iterable<DocumentLike>) {
    this.#change().chunks = adopt(this, 'chunks', new DocumentArray(mapped(chunks)))
  }

  /** What was found for this document. They get the next `adjacency`. */
  get matches(): DocumentArray {
    return this.#open('matches', emptyArray)
  }
  set matches(matches: Iterable<DocumentLike>) {
    this.#change().matches = adopt(this, 'matches', new DocumentArray(mapped(matches)))
  }

  get scores(): Scores {
    return this.#open('scores', emptyScores)
  }
  set scores(scores: Scores) {
    this.#change().scores = scores
  }

  get evaluations(): Scores {
    return this.#open('evaluations', emptyScores)
  }
  set evaluations(evaluations: Scores) {
    this.#change().evaluations = evaluations
  }

  get weight(): number {
    return this.fields.weight
  }
  set weight(weight: number) {
    this.#change().weight = weight
  }

  get modality(): string {
    return this.fields.modality
  }
  set modality(modality: string) {
    this.#change().modality = modality
  }

  get granularity(): number {
    return this.fields.granularity
  }
  set granularity(granularity: number) {
    this.#change().granularity = granularity
  }

  get adjacency(): number {
    return this.fields.adjacency
  }
  set adjacency(adjacency: number) {
    this.#change().adjacency = adjacency
  }

  get offset(): number {
    return this.fields.offset
  }
  set offset(offset: number) {
    this.#change().offset = offset
  }

  get location(): number[] {
    this.#change().location ??= []
    return this.fields.location as number[]
  }
  set location(location: number[]) {
    this.#change().location = location
  }

  get parentId(): string {
    return this.fields.parentId
  }
  set parentId(parentId: string) {
    this.#change().parentId = parentId
  }

  /** docarray's `_metadata`. */
  get metadata(): JsonObject {
    return this.#open('metadata', emptyObject)
  }
  set metadata(metadata: JsonObject) {
    this.#change().metadata = metadata
  }

  /** A document of one's own: nested values are copied (when first read), buffers are shared. */
  clone(): Document {
    return this.#wire ? Document.lazy(this.#wire) : Document.of(clonedFields(this.fields))
  }

  /** A copy that keeps no message alive: of the bytes it holds, only its own. For who stores documents. */
  detach(): Document {
    if (this.#wire) return Document.lazy({ ...this.#wire, bytes: new Uint8Array(this.#wire.bytes) })
    return Document.of(detachedFields(clonedFields(this.fields)))
  }

  /** Chunks and matches as their owner numbers them. @internal */
  adopt(depth = 0): void {
    for (const key of NESTED_ARRAYS) {
      const nested = this.fields[key]
      if (nested instanceof DocumentArray) adopt(this, key, nested, depth)
    }
  }

  toString(): string {
    return `Document (id=${this.id}${this.contentType ? `, ${this.contentType}` : ''})`
  }

  [Symbol.for('nodejs.util.inspect.custom')](
    _depth: number,
    options: object,
    inspect?: (value: unknown, options: object) => string,
  ) {
    const set = Object.entries(this.fields).filter(([, value]) => value !== undefined && value !== '' && value !== 0)
    // who looks at the tags of a document may change them: the one that is shown is a copy
    const copy = this.#wire ? this.clone() : this
    const shown = Object.fromEntries(set.map(([key]) => [key, copy[key as keyof Document]]))
    return inspect ? `Document ${inspect(shown, options)}` : this.toString()
  }

  #assign({
    content,
    tags,
    chunks,
    matches,
    uri,
    mimeType,
    text,
    blob,
    tensor,
    embedding,
    ...rest
  }: DocumentInit): void {
    const given = [content, text, blob, tensor].filter((value) => value !== undefined)
    if (given.length > 1) {
      throw new FlowError('INVALID_ARGUMENT', 'a document has one content', {
        hint: 'Give one of content, text, blob, tensor.',
      })
    }
    for (const [key, value] of Object.entries(rest)) {
      if (!Object.hasOwn(this.fields, key)) throw unknownField(key)
      if (value !== undefined) this.fields[key as keyof typeof rest] = value as never
    }
    if (uri !== undefined) this.uri = uri
    if (mimeType !== undefined) this.mimeType = mimeType
    if (text !== undefined) this.text = text
    else if (given.length > 0) this.content = given[0] as Exclude<DocumentInit['content'], undefined>
    if (embedding !== undefined) this.embedding = embedding
    if (tags) this.fields.tags = tags
    if (chunks) this.chunks = chunks
    if (matches) this.matches = matches
  }

  #decoded(): DocumentFields {
    const { bytes, decode, depth } = this.#wire as Wire
    return decode(bytes, depth)
  }

  /** The fields, about to be changed: the bytes no longer tell. */
  #change(): DocumentFields {
    const fields = this.fields
    this.#wire = undefined
    return fields
  }

  #setContent(key: 'text' | 'blob' | 'tensor', value: string | Uint8Array | TensorInput | undefined): void {
    const text = key === 'text' ? (value ?? '') : ''
    const blob = key === 'blob' ? value : undefined
    if (typeof text !== 'string') throw wrongContent('text', 'a string', text)
    if (blob !== undefined && !(blob instanceof Uint8Array)) throw wrongContent('blob', 'a Uint8Array', blob)
    const tensor = key === 'tensor' && value !== undefined ? toTensor(value as TensorInput) : undefined
    const fields = this.#change()
    fields.text = text
    fields.blob = blob
    fields.tensor = tensor
  }

  /** A value nobody can change: reading it leaves the bytes valid. */
  #read(key: 'tensor' | 'embedding'): Tensor | undefined {
    const value = this.fields[key]
    return value instanceof Lazy ? value.value : value
  }

  /** A value that the reader may change. */
  #open<K extends 'tags' | 'metadata' | 'scores' | 'evaluations' | 'chunks' | 'matches', T>(key: K, make: () => T): T {
    const fields = this.#change()
    const value = fields[key]
    const open = value instanceof Lazy ? value.decode(value.bytes) : (value ?? make())
    if (value instanceof Lazy && open instanceof DocumentArray) adopt(this, key as 'chunks', open)
    fields[key] = open as never
    return open as T
  }
}

// a document that gets its fields from elsewhere: making empty ones costs more than the rest of it
const NO_FIELDS: DocumentInit = {}
const NO_BYTES = new Uint8Array(0)
const FIELD_NAMES = ['content', ...Object.keys(new DocumentFields())]
const NESTED_ARRAYS = ['chunks', 'matches'] as const
const emptyObject = (): JsonObject => ({})
const emptyScores = (): Scores => ({})
const emptyArray = () => new DocumentArray()

function unknownField(key: string): FlowError {
  return new FlowError('INVALID_ARGUMENT', `a document has no field "${key}"`, {
    hint: `Did you mean "${closest(key, FIELD_NAMES)}"? It has ${FIELD_NAMES.join(', ')}`,
  })
}

function wrongContent(key: string, wanted: string, value: unknown): FlowError {
  return new FlowError('INVALID_ARGUMENT', `${key} is ${wanted}, not ${value === null ? 'null' : typeof value}`)
}

function* mapped(documents: Iterable<DocumentLike>): Generator<Document> {
  for (const document of documents) yield Document.from(document)
}
