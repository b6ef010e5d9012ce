import { RE2JS } from 're2js'
import type { Document } from './document.ts'
import { FlowError } from './flow-error.ts'
import type { JsonObject, JsonValue } from './json.ts'
import { checkDepth } from './json.ts'
import { maxTargetLength } from './limits.ts'
import { NdArray } from './nd-array.ts'
import { parsePath, read } from './query-path.ts'
import { SparseNdArray } from './sparse-nd-array.ts'

/** Is a document wanted? */
export interface Query {
  (document: Document): boolean
  /** What it was compiled from. */
  readonly filter?: JsonObject
}

type Test = (value: unknown, document: Document) => boolean

/**
 * Compiles a filter of docarray's query language: `{tags__price: {$lt: 10}}`, `{$or: [{…}, {…}]}`. Several fields, and several
 * operators of one field, must all hold. `{}` wants every document.
 *
 * Operators: `$eq $neq $lt $lte $gt $gte $in $nin $regex` (found anywhere, RE2's syntax) `$size $exists`, `$and $or $not`
 * around filters and under a field. A text `{other_field}` stands for that field of the same document. A missing field
 * equals nothing but a missing one, and compares as false.
 * @throws {FlowError} INVALID_ARGUMENT that names the place of the mistake
 */
export function compileQuery(filter: JsonObject): Query {
  return Object.assign(compileFilter(filter, 'filter', 0), { filter })
}

function compileFilter(filter: JsonValue, place: string, depth: number): Query {
  checkDepth(depth, 'a filter')
  if (!isObject(filter)) throw wrong(place, 'is an object of fields')
  const queries = Object.entries(filter).map(([key, value]): Query => {
    const at = `${place}.${key}`
    if (key === '$and' || key === '$or' || key === '$not')
      return combine(key, value, at, (inner, where) => compileFilter(inner, where, depth + 1))
    if (key.startsWith('$')) throw wrong(at, 'is no operator around fields', `Use one of $and, $or, $not`)
    const path = parsePath(key, at)
    const test = compileTests(value, at, depth + 1)
    return (document) => test(read(document, path), document)
  })
  return (document) => queries.every((query) => query(document))
}

function compileTests(value: JsonValue, place: string, depth: number): Test {
  checkDepth(depth, 'a filter')
  if (!isObject(value)) throw wrong(place, 'is an object of operators', `Write {$eq: ${JSON.stringify(value)}}`)
  if (Object.keys(value).length === 0) throw wrong(place, 'has no operator', `Write {$exists: true}`)
  const tests = Object.entries(value).map(([operator, operand]): Test => {
    const at = `${place}.${operator}`
    if (operator === '$and' || operator === '$or' || operator === '$not')
      return combine(operator, operand, at, (inner, where) => compileTests(inner, where, depth + 1))
    const make = Object.hasOwn(operators, operator) ? operators[operator] : undefined
    if (!make) throw wrong(at, 'is no operator', `Use one of ${Object.keys(operators).join(', ')}`)
    return make(operand, at)
  })
  return (field, document) => tests.every((test) => test(field, document))
}

type Predicate = (...args: never[]) => boolean

function combine<P extends Predicate>(
  operator: string,
  operand: JsonValue,
  place: string,
  compile: (inner: JsonValue, place: string) => P,
): P {
  const parts = isObject(operand) ? Object.entries(operand).map(([key, value]) => ({ [key]: value })) : operand
  if (operator === '$not') {
    if (!isObject(operand)) throw wrong(place, 'takes an object')
    const inner = compile(operand, place)
    return ((...args: never[]) => !inner(...args)) as P
  }
  if (!Array.isArray(parts)) throw wrong(place, 'takes an object or a list')
  const inner = parts.map((part, i) => compile(part, `${place}[${i}]`))
  const every = operator === '$and'
  return ((...args: never[]) =>
    every ? inner.every((test) => test(...args)) : inner.some((test) => test(...args))) as P
}

const operators: Record<string, (operand: JsonValue, place: string) => Test> = {
  $eq: (operand, place) => compared(operand, place, equal),
  $neq: (operand, place) => compared(operand, place, (field, value) => !equal(field, value)),
  $lt: (operand, place) => compared(operand, place, (field, value) => ordered(field, value, (a, b) => a < b)),
  $lte: (operand, place) => compared(operand, place, (field, value) => ordered(field, value, (a, b) => a <= b)),
  $gt: (operand, place) => compared(operand, place, (field, value) => ordered(field, value, (a, b) => a > b)),
  $gte: (operand, place) => compared(operand, place, (field, value) => ordered(field, value, (a, b) => a >= b)),
  $in: (operand, place) => membership(operand, place, true),
  $nin: (operand, place) => membership(operand, place, false),
  $regex: (operand, place) => {
    const pattern = compilePattern(operand, place)
    return (field) => typeof field === 'string' && pattern.matcher(field).find()
  },
  $size: (operand, place) => {
    if (typeof operand !== 'number' && typeof operand !== 'string') throw wrong(place, 'takes a number')
    return compared(operand, place, (field, value) => sizeOf(field) === value)
  },
  $exists: (operand, place) => {
    if (typeof operand !== 'boolean') throw wrong(place, 'takes true or false')
    return (field) => isThere(field) === operand
  },
}

function membership(operand: JsonValue, place: string, wanted: boolean): Test {
  if (!Array.isArray(operand)) throw wrong(place, 'takes a list')
  return (field) => operand.some((value) => equal(field, value)) === wanted
}

function compared(operand: JsonValue, place: string, test: (field: unknown, value: unknown) => boolean): Test {
  if (typeof operand !== 'string' || !operand.startsWith('{')) return (field) => test(field, operand)
  const placeholder = /^\{\s*([^{}\s]+)\s*\}$/.exec(operand)?.[1]
  if (placeholder === undefined) throw wrong(place, 'begins like a placeholder and is none', 'Write {other_field}')
  const path = parsePath(placeholder, place)
  return (field, document) => test(field, read(document, path))
}

function compilePattern(operand: JsonValue, place: string): RE2JS {
  if (typeof operand !== 'string') throw wrong(place, 'takes a text')
  if (operand.length > maxTargetLength) throw wrong(place, `has at most ${maxTargetLength} characters`)
  try {
    return RE2JS.compile(operand)
  } catch (error) {
    throw wrong(place, `is no pattern: ${FlowError.from(error).reason}`)
  }
}

// Python: None equals None, and True equals 1
function equal(field: unknown, value: unknown): boolean {
  if (field === undefined || field === null) return value === undefined || value === null
  if (typeof field === 'boolean' || typeof value === 'boolean')
    return Number(field) === Number(value) && typeof value !== 'string' && typeof field !== 'string'
  if (typeof field !== 'object' || typeof value !== 'object' || value === null) return field === value
  if (Array.isArray(field) !== Array.isArray(value)) return false
  const keys = Object.keys(field)
  return (
    keys.length === Object.keys(value).length &&
    keys.every((key) => Object.hasOwn(value, key) && equal(member(field, key), member(value, key)))
  )
}

function member(object: object, key: string): unknown {
  return (object as Record<string, unknown>)[key]
}

type Order = (a: number | string, b: number | string) => boolean

function ordered(field: unknown, value: unknown, wanted: Order): boolean {
  const [a, b] = [
    typeof field === 'boolean' ? Number(field) : field,
    typeof value === 'boolean' ? Number(value) : value,
  ]
  if (typeof a === 'number' && typeof b === 'number') return wanted(a, b)
  return typeof a === 'string' && typeof b === 'string' && wanted(a, b)
}

function sizeOf(field: unknown): number | undefined {
  if (typeof field === 'string') return [...field].length
  if (Array.isArray(field) || field instanceof Uint8Array) return field.length
  if (field instanceof NdArray || field instanceof SparseNdArray) return field.shape[0]
  return typeof field === 'object' && field !== null ? Object.keys(field).length : undefined
}

function isThere(field: unknown): boolean {
  return field !== undefined && field !== null && field !== '' && sizeOf(field) !== 0
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(place: string, what: string, hint?: string): FlowError {
  return new FlowError('INVALID_ARGUMENT', `${place} ${what}`, { hint })
}
