import { dtypeName, kinds, type TypedArray } from './dtype.ts'
import { FlowError } from './flow-error.ts'
import { maxMessageBytes } from './limits.ts'
import { NdArray } from './nd-array.ts'
import { checkShape, type NestedNumbers, sizeOf } from './nested-numbers.ts'

/** What may be assigned to `tensor` and `embedding`. A list of whole numbers becomes `i8` like numpy's, others `f8`. */
export type TensorInput = NdArray | SparseNdArray | TypedArray | readonly NestedNumbers[]

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

  /**
   * All numbers, zeros included, as a dense tensor. Numbers at the same place are added up.
   * @throws {FlowError} INVALID_ARGUMENT for numbers outside the shape, and for a shape too large for any message
   */
  toDense(): NdArray {
    const { values, shape } = this
    checkShape(shape)
    const size = sizeOf(shape)
    const numbers = values.data
    if (size * numbers.BYTES_PER_ELEMENT > maxMessageBytes) throw this.#wrong('is too large to be dense')
    const data = new (numbers.constructor as new (length: number) => TypedArray)(size)
    const places = this.#places(numbers.length)
    for (let n = 0; n < numbers.length; n++) {
      const place = places[n] as number
      data[place] = ((data[place] as number) + (numbers[n] as number)) as never
    }
    return NdArray.from(data, { shape, ...(Object.hasOwn(kinds, values.dtype) && { dtype: values.dtype }) })
  }

  // where each number stands among all of the dense tensor
  #places(count: number): Float64Array {
    const rank = this.shape.length
    const at = this.indices.data
    if (at.length !== count * rank) throw this.#wrong(`has ${count} numbers and ${at.length} indices`)
    const [step, next] = this.clsName === 'torch' ? [count, 1] : [1, rank]
    const places = new Float64Array(count)
    for (let n = 0; n < count; n++) {
      for (let axis = 0; axis < rank; axis++) {
        const index = Number(at[axis * step + n * next])
        const length = this.shape[axis] as number
        if (!(index >= 0 && index < length)) throw this.#wrong(`has a number at ${index} of ${length}`)
        places[n] = (places[n] as number) * length + index
      }
    }
    return places
  }

  #wrong(what: string): FlowError {
    return new FlowError('INVALID_ARGUMENT', `a sparse tensor of shape [${this.shape.join(', ')}] ${what}`)
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

  /** Type, shape and how many numbers it has, for people. */
  toString(): string {
    const { values, shape } = this
    const dtype = dtypeName(values.dtype) ?? values.typestr
    return `SparseNdArray ${dtype}[${shape.join()}] (${values.size} numbers)`
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

/** Normalises whatever was assigned to `tensor` or `embedding`. */
export function toTensor(input: TensorInput): NdArray | SparseNdArray {
  return input instanceof NdArray || input instanceof SparseNdArray ? input : NdArray.from(input)
}
