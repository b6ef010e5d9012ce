import { Document } from './document.ts'
import { DocumentArray } from './document-array.ts'
import { Lazy, type Tensor } from './document-fields.ts'
import { FileData } from './file-data.ts'
import { FlowError } from './flow-error.ts'
import { checkDepth, type JsonObject, type JsonValue, setKey } from './json.ts'
import { NdArray } from './nd-array.ts'

// Values of typed calls ⇄ documents. The first document is the value: JSON in its text, or plain text where that is all. Files, bytes
// and tensors are further documents; `tags.parts` of the first one lists the places (JSON pointers) at which they stand in it.

const TEXT = 'text/plain'

/** What stands in a document of its own. */
type Part = FileData | Uint8Array | NdArray

/**
 * A value as documents.
 * @throws {FlowError} INVALID_ARGUMENT for what JSON cannot say: cycles, bigints, depths beyond a document's
 */
export function encodeValue(value: unknown): DocumentArray {
  if (typeof value === 'string') return textValue(value)
  const pointers: string[] = []
  const parts: Document[] = []
  const plain = withoutParts(value, '', 0, (part, pointer) => {
    pointers.push(pointer)
    parts.push(documentOf(part))
  })
  const first = jsonValue(stringify(plain)) as DocumentArray & [Document]
  if (parts.length > 0) first[0].tags = { parts: pointers }
  first.push(...parts)
  return first
}

/** JSON that is known to be a value without files, bytes and tensors: it is not looked at. */
export function jsonValue(json: string): DocumentArray {
  return new DocumentArray([new Document({ text: json, mimeType: 'application/json' })])
}

/** Text that is the whole value. */
export function textValue(text: string): DocumentArray {
  return new DocumentArray([new Document({ text, mimeType: TEXT })])
}

/** A value as documents carry it, for who passes it on without looking: text as it is, JSON as text, or with its parts. */
export type CarriedValue =
  | { readonly kind: 'text' | 'json'; readonly text: string }
  | { readonly kind: 'parts'; readonly value: unknown }

/** @throws {FlowError} INVALID_ARGUMENT for documents that are no typed value */
export function carriedValue(docs: DocumentArray): CarriedValue {
  const [first] = docs
  if (!first) return { kind: 'json', text: 'null' }
  if (first.mimeType === TEXT) return { kind: 'text', text: first.text }
  return docs.length > 1
    ? { kind: 'parts', value: decodeValue(docs) }
    : { kind: 'json', text: first.text === '' ? 'null' : first.text }
}

/**
 * The value that documents carry.
 * @throws {FlowError} INVALID_ARGUMENT for text that is no JSON, or parts that stand nowhere
 */
export function decodeValue(docs: DocumentArray): unknown {
  const [first, ...parts] = docs
  if (!first) return null
  if (first.mimeType === TEXT) return first.text
  let value = parse(first.text === '' ? 'null' : first.text)
  if (parts.length === 0) return value
  const pointers = pointersOf(first)
  if (pointers.length !== parts.length) throw malformed(`${parts.length} parts for ${pointers.length} places`)
  parts.forEach((part, i) => {
    value = placed(value, pointers[i] as string, partOf(part)) as JsonValue
  })
  return value
}

/** The value with null where parts stood; what holds none stays the object it is. */
function withoutParts(
  value: unknown,
  pointer: string,
  depth: number,
  found: (part: Part, at: string) => void,
): unknown {
  if (typeof value !== 'object' || value === null) return value
  const part = asPart(value)
  if (part) {
    found(part, pointer)
    return null
  }
  checkDepth(depth, 'a value')
  const list = Array.isArray(value)
  if (!list && !isPlain(value)) return value
  let copy: Record<string, unknown> | unknown[] | undefined
  for (const key of Object.keys(value)) {
    const inner = (value as Record<string, unknown>)[key]
    if (typeof inner !== 'object' || inner === null) continue
    const plain = withoutParts(inner, `${pointer}/${escaped(key)}`, depth + 1, found)
    if (plain === inner) continue
    copy ??= list ? [...value] : { ...value }
    setKey(copy as Record<string, unknown>, key, plain)
  }
  return copy ?? value
}

function asPart(value: object): Part | undefined {
  if (value instanceof FileData || value instanceof Uint8Array || value instanceof NdArray) return value
  return ArrayBuffer.isView(value) ? NdArray.from(value as Float32Array) : undefined
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

// a file always says what it is, bare bytes never do
function documentOf(part: Part): Document {
  if (part instanceof NdArray) return new Document({ tensor: part })
  if (part instanceof Uint8Array) return new Document({ blob: part })
  return new Document({ blob: part.bytes, uri: part.name, mimeType: part.type })
}

function partOf(document: Document): Part {
  const { tensor, blob, uri, mimeType } = document
  if (tensor) return dense(tensor)
  return mimeType === '' ? blob : new FileData(blob, { name: uri, type: mimeType })
}

function dense(tensor: Tensor): NdArray {
  if (tensor instanceof NdArray) return tensor
  throw malformed('a sparse tensor')
}

function pointersOf({ fields: { tags } }: Document): string[] {
  const { parts } = (tags instanceof Lazy ? tags.value : (tags ?? {})) as JsonObject
  return Array.isArray(parts) ? parts.map(String) : []
}

function placed(value: unknown, pointer: string, part: Part): unknown {
  if (pointer === '') return part
  const keys = pointer.slice(1).split('/').map(unescaped)
  const last = keys.pop() as string
  let at = value
  for (const key of keys) at = isContainer(at) && Object.hasOwn(at, key) ? at[key] : undefined
  if (!isContainer(at) || !Object.hasOwn(at, last)) throw malformed(`a part at ${pointer}, where nothing is`)
  setKey(at, last, part)
  return value
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && (Array.isArray(value) || isPlain(value))
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

function unescaped(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~')
}

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null'
  } catch (error) {
    throw new FlowError('INVALID_ARGUMENT', `a value that JSON cannot say: ${FlowError.from(error).reason}`)
  }
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue
  } catch (error) {
    const msg = `Invalid JSON: ${FlowError.from(error).reason}`
    throw new FlowError('INVALID_ARGUMENT', msg, { issues: [{ type: 'json_invalid', loc: [], msg }] })
  }
}

function malformed(what: string): FlowError {
  return new FlowError('INVALID_ARGUMENT', `the documents are no typed value: ${what}`)
}
