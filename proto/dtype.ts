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

/** The kind of a typed array's numbers. */
export function dtypeOf(values: TypedArray): DType {
  const float = values instanceof Float32Array || values instanceof Float64Array
  const unsigned =
    values instanceof Uint8Array ||
    values instanceof Uint16Array ||
    values instanceof Uint32Array ||
    values instanceof BigUint64Array
  return `${float ? 'f' : unsigned ? 'u' : 'i'}${values.BYTES_PER_ELEMENT}` as DType
}

/** `f4` → `<f4`: our own numbers are little-endian. */
export function typestrOf(dtype: DType): string {
  return kinds[dtype].BYTES_PER_ELEMENT === 1 ? `|${dtype}` : `<${dtype}`
}
