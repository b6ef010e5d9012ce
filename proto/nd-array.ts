import { FlowError } from './flow-error.ts'
import { fromHalf, toHalf } from './half-float.ts'

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

/** Numbers nested as deep as the tensor has dimensions. */
export type NestedNumbers = number | bigint | boolean | NestedNumbers[]

/** What may be assigned to `tensor` and `embedding`. A list of whole numbers becomes `i8` like numpy's, others `f8`. */
export type TensorInput = NdArray | SparseNdArray | TypedArray | readonly NestedNumbers[]

export interface NdArrayInit {
  /** @default the one of the typed array; for lists `f8`, `i8` where all are whole, `b1` where all are booleans */
  dtype?: DType
  /** Lengths of the dimensions, outermost first. @default one dimension, or the nesting of the list */
  shape?: readonly number[]
  /** The Python class a docarray peer makes of it: numpy, torch, tensorflow, paddle or list. @default "numpy" */
  clsName?: string
}

type ArrayOf = {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBufferLike, offset: number, length: number): TypedArray
}

const kinds = {
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

/**
 * A dense tensor: numpy's idea of one over a read-only view of the bytes it came in.
 *
 * To change numbers, make a new array and assign it; writing into {@link data} may be seen by others.
 */
export class NdArray {
  /** numpy's spelling with byte order, such as `<f4`, `|b1`. */
  readonly typestr: string
  readonly shape: readonly number[]
  /** The numbers in C order, in the byte order of `typestr`. */
  readonly bytes: Uint8Array
  readonly clsName: string
  #data: TypedArray | undefined

  /** @internal Use {@link NdArray.from}. */
  constructor(typestr: string, shape: readonly number[], bytes: Uint8Array, clsName = 'numpy') {
    this.typestr = typestr
    this.shape = shape
    this.bytes = bytes
    this.clsName = clsName
  }

  /**
   * Makes a tensor from a typed array or a nested list.
   * @throws {FlowError} INVALID_ARGUMENT for a ragged list, a shape that does not fit, or values that are no numbers
   */
  static from(values: TypedArray | readonly NestedNumbers[], init: NdArrayInit = {}): NdArray {
    return ArrayBuffer.isView(values) ? fromTyped(values, init) : fromNested(values, init)
  }

  /** The kind without byte order, such as `f4`. Kinds that are no numbers (`U5`, `O`) are named as they are. */
  get dtype(): DType {
    return this.typestr.replace(/^[<>|=]/, '') as DType
  }

  /** How many numbers: the product of the shape. */
  get size(): number {
    return sizeOf(this.shape)
  }

  /**
   * The numbers as a typed array: a view where alignment and byte order allow it, else one copy, kept.
   * @throws {FlowError} INVALID_ARGUMENT where the bytes do not fit the shape or the dtype is no number
   */
  get data(): TypedArray {
    this.#data ??= toTyped(this)
    return this.#data
  }

  /** The same tensor over bytes of its own, so that it keeps no message alive. */
  detach(): NdArray {
    return new NdArray(this.typestr, this.shape, new Uint8Array(this.bytes), this.clsName)
  }

  /** The numbers as nested lists; 64-bit integers as numbers, `NaN` and infinities as they are. */
  toNested(): NestedNumbers {
    const word: (value: number | bigint) => number | boolean = this.dtype === 'b1' ? Boolean : Number
    return nest(Array.from(this.data as ArrayLike<number | bigint>, word), this.shape)
  }

  toJSON(): NestedNumbers {
    return this.toNested()
  }
}

/** A sparse tensor: where the non-zero numbers stand, and which they are. */
export class SparseNdArray {
  /** `[nnz, ndim]`, or `[ndim, nnz]` with clsName torch. */
  readonly indices: NdArray
  readonly values: NdArray
  readonly shape: readonly number[]
  /** scipy, torch, tensorflow or paddle. */
  readonly clsName: string
  /** `{sparse_format: 'csr'}` and the like. */
  readonly parameters: Readonly<Record<string, unknown>>

  constructor(
    indices: NdArray,
    values: NdArray,
    shape: readonly number[],
    clsName = 'scipy',
    parameters: Readonly<Record<string, unknown>> = { sparse_format: 'coo' },
  ) {
    this.indices = indices
    this.values = values
    this.shape = shape
    this.clsName = clsName
    this.parameters = parameters
  }

  /** All numbers, zeros included, as a dense tensor. */
  toDense(): NdArray {
    const size = sizeOf(this.shape)
    const values = this.values.data
    const dense = values.slice(0, 0).constructor as new (length: number) => TypedArray
    const data = new dense(size)
    const rank = this.shape.length
    const at = this.indices.data
    for (let n = 0; n < values.length; n++) {
      let offset = 0
      for (let axis = 0; axis < rank; axis++) {
        const index = Number(at[this.clsName === 'torch' ? axis * values.length + n : n * rank + axis])
        offset = offset * (this.shape[axis] ?? 0) + index
      }
      data[offset] = values[n] as never
    }
    return NdArray.from(data, { shape: this.shape })
  }

  /** The same tensor over bytes of its own. */
  detach(): SparseNdArray {
    return new SparseNdArray(this.indices.detach(), this.values.detach(), this.shape, this.clsName, this.parameters)
  }

  toNested(): NestedNumbers {
    return this.toDense().toNested()
  }

  toJSON(): NestedNumbers {
    return this.toNested()
  }
}

/** Normalises whatever was assigned to `tensor` or `embedding`. */
export function toTensor(input: TensorInput): NdArray | SparseNdArray {
  return input instanceof NdArray || input instanceof SparseNdArray ? input : NdArray.from(input)
}

function fromTyped(values: TypedArray, init: NdArrayInit): NdArray {
  const dtype = init.dtype ?? dtypeOf(values)
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  if (dtype !== dtypeOf(values) && !(dtype === 'b1' && values instanceof Uint8Array)) {
    return fromNested(Array.from(values as ArrayLike<number | bigint>), { shape: [values.length], ...init })
  }
  return new NdArray(typestrOf(dtype), checkedShape(init.shape ?? [values.length], values.length), bytes, init.clsName)
}

function fromNested(values: readonly NestedNumbers[], init: NdArrayInit): NdArray {
  const flat: (number | bigint | boolean)[] = []
  const shape = flatten(values, 0, [], flat)
  const dtype = init.dtype ?? inferred(flat)
  const bytes = fill(dtype, flat)
  return new NdArray(typestrOf(dtype), checkedShape(init.shape ?? shape, flat.length), bytes, init.clsName)
}

function flatten(
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

// numpy: all booleans → bool, else all whole → int64, else float64; an empty list is float64
function inferred(flat: readonly (number | bigint | boolean)[]): DType {
  if (flat.length === 0) return 'f8'
  if (flat.every((value) => typeof value === 'boolean')) return 'b1'
  return flat.every((value) => typeof value !== 'number' || Number.isSafeInteger(value)) ? 'i8' : 'f8'
}

function fill(dtype: DType, flat: readonly (number | bigint | boolean)[]): Uint8Array {
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

function dtypeOf(values: TypedArray): DType {
  const float = values instanceof Float32Array || values instanceof Float64Array
  const unsigned =
    values instanceof Uint8Array ||
    values instanceof Uint16Array ||
    values instanceof Uint32Array ||
    values instanceof BigUint64Array
  return `${float ? 'f' : unsigned ? 'u' : 'i'}${values.BYTES_PER_ELEMENT}` as DType
}

function typestrOf(dtype: DType): string {
  return kinds[dtype].BYTES_PER_ELEMENT === 1 ? `|${dtype}` : `<${dtype}`
}

function checkedShape(shape: readonly number[], size: number): readonly number[] {
  if (sizeOf(shape) !== size) {
    throw new FlowError('INVALID_ARGUMENT', `a tensor of shape [${shape.join(', ')}] cannot hold ${size} numbers`)
  }
  return shape
}

function sizeOf(shape: readonly number[]): number {
  let size = 1
  for (const length of shape) size *= length
  return size
}

function toTyped(array: NdArray): TypedArray {
  const { dtype, bytes, size } = array
  const kind = Object.hasOwn(kinds, dtype) ? kinds[dtype] : undefined
  if (!kind) throw new FlowError('INVALID_ARGUMENT', `a tensor of dtype "${array.typestr}" holds no numbers`)
  const width = kind.BYTES_PER_ELEMENT
  // docarray writes an empty buffer for a tensor of zeros
  if (bytes.length === 0 && size > 0) return new Float64Array(size)
  if (bytes.length !== size * width) {
    const [is, fits] = [bytes.length, size * width]
    throw new FlowError(
      'INVALID_ARGUMENT',
      `a tensor ${array.typestr} of shape [${array.shape.join(', ')}] has ${is} bytes, not ${fits}`,
    )
  }
  const swap = array.typestr.startsWith('>') && width > 1
  const aligned = !swap && bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes)
  if (swap) reverseEach(aligned, width)
  const data = new kind(aligned.buffer, aligned.byteOffset, size)
  return dtype === 'f2' ? Float32Array.from(data as Uint16Array, fromHalf) : data
}

function reverseEach(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse()
}

function nest(flat: readonly (number | boolean)[], shape: readonly number[]): NestedNumbers {
  if (shape.length === 0) return flat[0] ?? 0
  if (shape.length === 1) return flat as NestedNumbers[]
  const [rows = 0, ...inner] = shape
  const width = sizeOf(inner)
  return Array.from({ length: rows }, (_, row) => nest(flat.slice(row * width, (row + 1) * width), inner))
}
