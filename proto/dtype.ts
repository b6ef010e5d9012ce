import { FlowError } from './flow-error.ts'

/** The arrays that numbers of a tensor come in. Half floats are widened to a Float32Array. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array

/** numpy's kinds without their byte order: `f2 f4 f8`, `i1 i2 i4 i8`, `u1 u2 u4 u8`, `b1` (bool). */
export type DType = keyof typeof kinds

type ArrayOf = {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBufferLike, offset: number, length: number): TypedArray
}

/** The array of each kind; half floats as their bits. */
export const kinds = {
  f4: Float32Array as ArrayOf,
  f8: Float64Array as ArrayOf,
  i1: Int8Array as ArrayOf,
  i2: Int16Array as ArrayOf,
  i4: Int32Array as ArrayOf,
  i8: BigInt64Array as ArrayOf,
  u1: Uint8Array as ArrayOf,
  u2: Uint16Array as ArrayOf,
  u4: Uint32Array as ArrayOf,
  u8: BigUint64Array as ArrayOf,
  b1: Uint8Array as ArrayOf,
  f2: Uint16Array as ArrayOf,
}

const typed: Record<string, DType> = {
  Float16Array: 'f2',
  Float32Array: 'f4',
  Float64Array: 'f8',
  Int8Array: 'i1',
  Int16Array: 'i2',
  Int32Array: 'i4',
  BigInt64Array: 'i8',
  Uint8Array: 'u1',
  Uint8ClampedArray: 'u1',
  Uint16Array: 'u2',
  Uint32Array: 'u4',
  BigUint64Array: 'u8',
}

/**
 * The kind of a typed array's numbers; also of half floats and pixels, which some runtimes have.
 * @throws {FlowError} INVALID_ARGUMENT for a view of bytes that is no list of numbers
 */
export function dtypeOf(values: TypedArray): DType {
  const dtype = typed[values[Symbol.toStringTag]]
  if (dtype) return dtype
  throw new FlowError('INVALID_ARGUMENT', `a tensor is made of numbers, not of a ${values[Symbol.toStringTag]}`)
}

/** Kinds by numpy's names. */
export const dtypes = {
  float16: 'f2',
  float32: 'f4',
  float64: 'f8',
  int8: 'i1',
  int16: 'i2',
  int32: 'i4',
  int64: 'i8',
  uint8: 'u1',
  uint16: 'u2',
  uint32: 'u4',
  uint64: 'u8',
  bool: 'b1',
} as const satisfies Record<string, DType>

const words: Record<string, string> = { f: 'float', i: 'int', u: 'uint' }

/** numpy's name of a kind: `f4` → `float32`, `b1` → `bool`; undefined for what is no number. */
export function dtypeName(dtype: DType): string | undefined {
  if (!Object.hasOwn(kinds, dtype)) return undefined
  return dtype === 'b1' ? 'bool' : `${words[dtype.charAt(0)]}${Number(dtype.slice(1)) * 8}`
}

/** `f4` → `<f4`: our own numbers are little-endian. */
export function typestrOf(dtype: DType): string {
  return kinds[dtype].BYTES_PER_ELEMENT === 1 ? `|${dtype}` : `<${dtype}`
}
