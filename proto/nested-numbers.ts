import { type DType, kinds } from './dtype.ts'
import { FlowError } from './flow-error.ts'
import { toHalf } from './half-float.ts'

/** Enough for any tensor, and few enough to nest by recursion. */
const maxDimensions = 64

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
  if (depth >= maxDimensions)
    throw new FlowError('INVALID_ARGUMENT', `a tensor has at most ${maxDimensions} dimensions`)
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
  if (!flat.every((value) => typeof value !== 'number' || Number.isSafeInteger(value))) return 'f8'
  return flat.some((value) => typeof value === 'bigint' && value >= 2n ** 63n) ? 'u8' : 'i8'
}

/**
 * The bytes of numbers of a kind.
 * @throws {FlowError} INVALID_ARGUMENT for a number that is not of the kind: 300 or 1.5 for `u1`
 */
export function fill(dtype: DType, flat: readonly (number | bigint | boolean)[]): Uint8Array {
  if (!Object.hasOwn(kinds, dtype)) {
    throw new FlowError('INVALID_ARGUMENT', `"${dtype}" is no type of numbers`, {
      hint: `Use one of ${Object.keys(kinds).join(', ')}`,
    })
  }
  const width = kinds[dtype].BYTES_PER_ELEMENT
  const bytes = new Uint8Array(flat.length * width)
  const data = new kinds[dtype](bytes.buffer, 0, flat.length)
  const large = dtype === 'i8' || dtype === 'u8'
  const whole = dtype !== 'b1' && !dtype.startsWith('f')
  for (let i = 0; i < flat.length; i++) {
    const value = flat[i] as number | bigint | boolean
    const word = large ? toLarge(value) : Number(value)
    if (large && typeof word === 'number') throw cannotHold(dtype, value)
    data[i] = (dtype === 'f2' ? toHalf(word as number) : dtype === 'b1' ? Number(word !== 0) : word) as never
    if (whole && data[i] !== word) throw cannotHold(dtype, value)
  }
  return bytes
}

function cannotHold(dtype: DType, value: number | bigint | boolean): FlowError {
  return new FlowError('INVALID_ARGUMENT', `a tensor of ${dtype} cannot hold ${value}`)
}

// BigInt throws for what is not whole
function toLarge(value: number | bigint | boolean): number | bigint {
  return typeof value !== 'number' || Number.isInteger(value) ? BigInt(value) : value
}

/** @throws {FlowError} INVALID_ARGUMENT for lengths that are none */
export function checkShape(shape: readonly number[]): void {
  if (shape.length <= maxDimensions && shape.every((length) => Number.isInteger(length) && length >= 0)) return
  const shown = shape.length > maxDimensions ? `${shape.length} dimensions` : `[${shape.join(', ')}]`
  throw new FlowError('INVALID_ARGUMENT', `${shown} is no shape of a tensor`, {
    hint: `It has at most ${maxDimensions} lengths, each a whole number from 0 on.`,
  })
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
