import { parse as parseLossless } from 'lossless-json'
import { fromBase64 } from '../base64.ts'
import { Document } from '../document.ts'
import { DocumentArray } from '../document-array.ts'
import { DocumentFields, type NamedScore, type Scores, type Tensor } from '../document-fields.ts'
import { FlowError, type Issue } from '../flow-error.ts'
import { newId } from '../id.ts'
import { checkDepth, type JsonObject, type JsonValue, setKey } from '../json.ts'
import { guessMimeType } from '../mime-type.ts'
import { NdArray } from '../nd-array.ts'
import type { NestedNumbers } from '../nested-numbers.ts'

// The JSON of docarray v1 → DocumentArray. Mistakes are collected with their place, in pydantic's words: Jina's clients see them in a 422.

/** A whole number written as a float (`1.0`): a tensor of these is one of floats. */
class WholeFloat {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/** What reading documents found besides them. */
export class JsonReader {
  readonly issues: Issue[] = []
  /** A tensor of whole numbers was read; whether they were written as floats, JSON.parse does not tell. */
  wholeTensor = false

  /** The documents of a JSON list; mistakes go to {@link issues}. */
  documents(list: readonly unknown[], loc: (string | number)[], depth = 0): DocumentArray {
    checkDepth(depth, 'a document')
    const documents = new DocumentArray()
    for (let i = 0; i < list.length; i++) {
      const value = list[i]
      if (isObject(value)) documents.push(this.#document(value, [...loc, i], depth))
      else this.#issue([...loc, i], 'value is not a valid dict', 'type_error.dict')
    }
    return documents
  }

  #document(json: Record<string, unknown>, loc: (string | number)[], depth: number): Document {
    const fields = new DocumentFields()
    for (const key in json) {
      const value = plain(json[key])
      if (value !== null && value !== undefined) this.#field(fields, key, value, [...loc, key], depth)
    }
    if (fields.id === '') fields.id = newId()
    if (fields.uri !== '' && fields.mimeType === '') fields.mimeType = guessMimeType(fields.uri) ?? ''
    const document = Document.of(fields)
    if (fields.chunks || fields.matches) document.adopt()
    return document
  }

  #field(fields: DocumentFields, key: string, value: unknown, loc: (string | number)[], depth: number): void {
    switch (key) {
      case 'id':
        fields.id = this.#string(value, loc)
        break
      case 'parent_id':
        fields.parentId = this.#string(value, loc)
        break
      case 'granularity':
      case 'adjacency':
        fields[key] = this.#integer(value, loc)
        break
      case 'blob':
        setContent(fields, 'blob', this.#bytes(value, loc))
        break
      case 'tensor':
        setContent(fields, 'tensor', this.#tensor(value, loc))
        break
      case 'text':
        setContent(fields, 'text', this.#string(value, loc))
        break
      case 'mime_type':
        fields.mimeType = this.#string(value, loc)
        break
      case 'weight':
      case 'offset':
        fields[key] = this.#number(value, loc)
        break
      case 'uri':
        fields.uri = this.#string(value, loc)
        break
      case 'modality':
        fields.modality = this.#string(value, loc)
        break
      case 'tags':
        fields.tags = this.#object(value, loc)
        break
      case '_metadata':
        fields.metadata = this.#object(value, loc)
        break
      case 'location':
        fields.location = this.#list(value, loc)?.map((number, i) => this.#number(plain(number), [...loc, i]))
        break
      case 'embedding':
        fields.embedding = this.#tensor(value, loc)
        break
      case 'evaluations':
      case 'scores':
        fields[key] = this.#scores(value, loc)
        break
      case 'chunks':
      case 'matches': {
        const list = this.#list(value, loc)
        if (list && list.length > 0) fields[key] = this.documents(list, loc, depth + 1)
      }
    }
  }

  #tensor(value: unknown, loc: (string | number)[]): Tensor | undefined {
    try {
      if (Array.isArray(value)) return this.#nested(value)
      if (typeof value === 'number') return NdArray.from([value], { shape: [] })
      if (isObject(value) && typeof value.buffer === 'string') return bufferTensor(value)
    } catch (error) {
      this.#issue(loc, FlowError.from(error).reason, 'type_error')
      return undefined
    }
    this.#issue(loc, `can not determine the array type: ['builtins'].${pythonType(value)}`, 'type_error')
    return undefined
  }

  #nested(list: unknown[]): NdArray {
    const written = { floats: false }
    const numbers = unwrapNumbers(list, written, 0)
    const array = NdArray.from(numbers as NestedNumbers[], written.floats ? { dtype: 'f8' } : {})
    if (array.dtype === 'i8') this.wholeTensor = true
    return array
  }

  #scores(value: unknown, loc: (string | number)[]): Scores | undefined {
    const scores: Record<string, NamedScore> = {}
    const object = this.#object(value, loc)
    for (const name of Object.keys(object ?? {})) {
      const json = this.#object(object?.[name], [...loc, name])
      if (!json) continue
      const score: NamedScore = { value: this.#number(json.value ?? 0, [...loc, name, 'value']) }
      if (json.op_name) score.opName = this.#string(json.op_name, [...loc, name, 'op_name'])
      if (json.description) score.description = this.#string(json.description, [...loc, name, 'description'])
      if (json.ref_id) score.refId = this.#string(json.ref_id, [...loc, name, 'ref_id'])
      setKey(scores, name, score)
    }
    return object && scores
  }

  #string(value: unknown, loc: (string | number)[]): string {
    if (typeof value === 'string') return value
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    this.#issue(loc, 'str type expected', 'type_error.str')
    return ''
  }

  #number(value: unknown, loc: (string | number)[]): number {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (typeof number === 'boolean') return Number(number)
    if (typeof number === 'number' && !Number.isNaN(number)) return number
    this.#issue(loc, 'value is not a valid float', 'type_error.float')
    return 0
  }

  #integer(value: unknown, loc: (string | number)[]): number {
    const number = typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value
    if (typeof number === 'boolean') return Number(number)
    if (typeof number === 'number' && Math.trunc(number) >= 0 && number < 2 ** 32) return Math.trunc(number)
    this.#issue(loc, 'value is not a valid integer', 'type_error.integer')
    return 0
  }

  #bytes(value: unknown, loc: (string | number)[]): Uint8Array {
    const bytes = typeof value === 'string' ? fromBase64(value.replaceAll(/\s/g, '')) : undefined
    if (!bytes)
      this.#issue(
        loc,
        typeof value === 'string' ? 'Incorrect padding' : 'str type expected',
        typeof value === 'string' ? 'value_error' : 'type_error.str',
      )
    return bytes ?? new Uint8Array(0)
  }

  #object(value: unknown, loc: (string | number)[]): JsonObject | undefined {
    if (isObject(value)) return deepPlain(value, 0) as JsonObject
    this.#issue(loc, 'value is not a valid dict', 'type_error.dict')
    return undefined
  }

  #list(value: unknown, loc: (string | number)[]): unknown[] | undefined {
    if (Array.isArray(value)) return value
    this.#issue(loc, 'value is not a valid list', 'type_error.list')
    return undefined
  }

  #issue(loc: (string | number)[], msg: string, type: string): void {
    this.issues.push({ loc, msg, type })
  }
}

/**
 * Parses JSON text like `JSON.parse`, but tells `1.0` from `1`; {@link JsonReader} reads what it makes.
 * Slower by far: for texts where {@link JsonReader.wholeTensor} says that it matters.
 * @param text - one that `JSON.parse` has read
 */
export function parseExact(text: string): unknown {
  try {
    return parseLossless(text, undefined, {
      parseNumber: (word) => {
        const value = Number(word)
        return Number.isInteger(value) && /[.eE]/.test(word) ? new WholeFloat(value) : value
      },
      onDuplicateKey: ({ newValue }) => newValue,
    })
  } catch {
    // thousands of levels deep somewhere that nobody reads: it parses by recursion
    return JSON.parse(text)
  }
}

/** JSON values as they are meant, without the marks of {@link parseExact}; nesting is checked. */
export function deepPlain(value: unknown, depth: number): JsonValue {
  checkDepth(depth, 'JSON')
  if (value instanceof WholeFloat) return value.value
  if (Array.isArray(value)) return value.map((item) => deepPlain(item, depth + 1))
  if (!isObject(value)) return value as JsonValue
  const object: JsonObject = {}
  for (const key of Object.keys(value)) setKey(object, key, deepPlain(value[key], depth + 1))
  return object
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function plain(value: unknown): unknown {
  return value instanceof WholeFloat ? value.value : value
}

// the last content of a JSON object wins, as when docarray sets one after the other
function setContent(
  fields: DocumentFields,
  key: 'text' | 'blob' | 'tensor',
  value: string | Uint8Array | Tensor | undefined,
): void {
  fields.text = key === 'text' ? (value as string) : ''
  fields.blob = key === 'blob' ? (value as Uint8Array) : undefined
  fields.tensor = key === 'tensor' ? (value as Tensor | undefined) : undefined
}

// `null` stands for NaN and the infinities, which JSON cannot say
function unwrapNumbers(list: unknown[], written: { floats: boolean }, depth: number): unknown[] {
  checkDepth(depth, 'a tensor')
  return list.map((value) => {
    if (Array.isArray(value)) return unwrapNumbers(value, written, depth + 1)
    if (value instanceof WholeFloat || value === null) written.floats = true
    return value === null ? Number.NaN : plain(value)
  })
}

function bufferTensor({ buffer, shape, dtype }: Record<string, unknown>): NdArray {
  const bytes = fromBase64(buffer as string)
  if (!bytes || !Array.isArray(shape) || typeof dtype !== 'string') {
    throw new FlowError('INVALID_ARGUMENT', 'a tensor as an object is {buffer: base64, shape: [...], dtype: "<f4"}')
  }
  const array = new NdArray(
    dtype,
    shape.map((length) => Number(plain(length))),
    bytes,
  )
  // the wire's short form for zeros would let a few characters ask for megabytes
  if (array.data.length > bytes.length) throw new FlowError('INVALID_ARGUMENT', 'a tensor without its bytes')
  return array
}

function pythonType(value: unknown): string {
  if (typeof value === 'string') return 'str'
  if (typeof value === 'boolean') return 'bool'
  return isObject(value) ? 'dict' : 'object'
}
