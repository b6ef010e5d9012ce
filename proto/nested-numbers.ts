import { type DType, kinds } from './dtype.ts'
import { FlowError } from './flow-error.ts'
import { toHalf } from './half-float.ts'

/** Numbers nested as deep as the tensor has dimensions. */
export type NestedNumbers = number | bigint | boolean | NestedNumbers[]

/**
 * Puts the numbers of nested lists into `flat`, outermost first, and gives back the shape.
 * @throws {FlowError} INVALID_ARGUMENT for lists of unequal length, and for what is no number
 */
export function flatten(
  list: readonly NestedNumbers[],
  depth: number,
  shape: number[],
  flat: (number | bigint | boolean)[],
): number[] {
  if (depth > 32) throw new FlowError('INVALID_ARGUMENT', 'a tensor has at most 32 dimensions')
  if (shape.length === depth) shape.push(list.length)
  else if (shape[depth] !== list.length) throw ragged()
  for (const value of list) {
    if (Array.isArray(value)) {
      if (shape.length === depth + 1 && flat.length > 0) throw ragged()
      flatten(value, depth + 1, shape, flat)
    } else if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
      if (shape.length > depth + 1) throw ragged()
      flat.push(value)
    } else {
      throw new FlowError('INVALID_ARGUMENT', `a tensor holds numbers, not ${value === null ? 'null' : typeof value}`)
    }
  }
  return shape
}

function ragged(): FlowError {
  return new FlowError('INVALID_ARGUMENT', 'the lists of a tensor must have equal lengths in each dimension')
}

/** The kind that numpy gives a list: all booleans → bool, else all whole → int64, else float64; an empty list is float64. */
export function inferred(flat: readonly (number | bigint | boolean)[]): DType {
  if (flat.length === 0) return 'f8'
  if (flat.every((value) => typeof value === 'boolean')) return 'b1'
  return flat.every((value) => typeof value !== 'number' || Number.isSafeInteger(value)) ? 'i8' : 'f8'
}

/** The bytes of numbers of a kind. */
export function fill(dtype: DType, flat: readonly (number | bigint | boolean)[]): Uint8Array {
  const width = kinds[dtype].BYTES_PER_ELEMENT
  const bytes = new Uint8Array(flat.length * width)
  const data = new kinds[dtype](bytes.buffer, 0, flat.length)
  for (let i = 0; i < flat.length; i++) {
    const value = flat[i] as number | bigint | boolean
    if (dtype === 'i8' || dtype === 'u8') data[i] = BigInt(value) as never
    else data[i] = (dtype === 'f2' ? toHalf(Number(value)) : Number(value)) as never
  }
  return bytes
}

/** How many numbers a shape holds. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1
  for (const length of shape) size *= length
  return size
}

/** A flat list in the lists of a shape. */
export function nest(flat: readonly (number | boolean)[], shape: readonly number[]): NestedNumbers {
  if (shape.length === 0) return flat[0] ?? 0
  if (shape.length === 1) return flat as NestedNumbers[]
  const [rows = 0, ...inner] = shape
  const width = sizeOf(inner)
  return Array.from({ length: rows }, (_, row) => nest(flat.slice(row * width, (row + 1) * width), inner))
}
