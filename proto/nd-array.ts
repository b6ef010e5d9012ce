import { type DType, dtypeName, dtypeOf, kinds, type TypedArray, typestrOf } from './dtype.ts'
import { FlowError } from './flow-error.ts'
import { fromHalf } from './half-float.ts'
import { maxMessageBytes } from './limits.ts'
import { checkShape, fill, flatten, inferred, type NestedNumbers, nest, sizeOf } from './nested-numbers.ts'

/** Of a tensor without numbers: shape [10**9, 0] is a few bytes on the wire and a gigabyte of lists. */
const maxEmptyLists = 2 ** 16

export interface NdArrayInit {
  /** @default the one of the typed array; for lists `f8`, `i8` where all are whole, `b1` where all are booleans */
  dtype?: DType
  /** Lengths of the dimensions, outermost first. @default one dimension, or the nesting of the list */
  shape?: readonly number[]
  /** The Python class a docarray peer makes of it: numpy, torch, tensorflow, paddle or list. @default "numpy" */
  clsName?: string
}

/** How a caller or a method may write a tensor. */
export type TensorLike = NdArray | TypedArray | readonly NestedNumbers[]

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
    const { data } = this
    const words: (number | boolean)[] = []
    for (let i = 0; i < data.length; i++) words.push(word(data[i] as number | bigint))
    return nest(words, this.shape)
  }

  toJSON(): NestedNumbers {
    return this.toNested()
  }

  /** Type, shape and the first numbers, for people. */
  toString(): string {
    const head = `NdArray ${dtypeName(this.dtype) ?? this.typestr}[${this.shape.join()}]`
    try {
      const first = Array.from(this.data.subarray(0, SHOWN) as ArrayLike<number | bigint>)
      const words = this.dtype === 'b1' ? first.map(Boolean) : first
      return `${head} [ ${words.join(', ')}${this.size > SHOWN ? ', …' : ''} ]`
    } catch {
      return head
    }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

const SHOWN = 6

function fromTyped(values: TypedArray, init: NdArrayInit): NdArray {
  const given = dtypeOf(values)
  const dtype = init.dtype ?? given
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  if (dtype !== given) {
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

function checkedShape(shape: readonly number[], size: number): readonly number[] {
  checkShape(shape)
  if (sizeOf(shape) !== size) {
    throw new FlowError('INVALID_ARGUMENT', `a tensor of shape [${shape.join(', ')}] cannot hold ${size} numbers`)
  }
  return shape
}

function toTyped(array: NdArray): TypedArray {
  const { dtype, bytes, size, shape } = array
  const kind = Object.hasOwn(kinds, dtype) ? kinds[dtype] : undefined
  if (!kind) throw new FlowError('INVALID_ARGUMENT', `a tensor of dtype "${array.typestr}" holds no numbers`)
  const width = kind.BYTES_PER_ELEMENT
  checkShape(shape)
  if (size === 0 && sizeOf(shape.filter(Boolean)) > maxEmptyLists) throw doesNotFit(array, 'too many empty lists')
  // docarray reads an empty buffer as a tensor of zeros
  if (bytes.length === 0 && size > 0) {
    if (size * 8 > maxMessageBytes) throw doesNotFit(array, 'zeros for more than a message')
    return new Float64Array(size)
  }
  if (bytes.length !== size * width) throw doesNotFit(array, `${bytes.length} bytes, not ${size * width}`)
  const swap = array.typestr.startsWith('>') && width > 1
  const aligned = !swap && bytes.byteOffset % width === 0 ? bytes : alignedCopy(bytes)
  if (swap) reverseEach(aligned, width)
  const data = new kind(aligned.buffer, aligned.byteOffset, size)
  return dtype === 'f2' ? Float32Array.from(data as Uint16Array, fromHalf) : data
}

function doesNotFit({ typestr, shape }: NdArray, what: string): FlowError {
  return new FlowError('INVALID_ARGUMENT', `a tensor ${typestr} of shape [${shape.join(', ')}] has ${what}`)
}

// Node cuts small buffers, aligned to 8 bytes, from a pool: a tenth of the price of an ArrayBuffer each
function alignedCopy(bytes: Uint8Array): Uint8Array {
  return typeof Buffer === 'undefined' ? new Uint8Array(bytes) : Buffer.from(bytes)
}

function reverseEach(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse()
}
