import type { TypedArray } from './dtype.ts'
import { NdArray } from './nd-array.ts'
import { type NestedNumbers, sizeOf } from './nested-numbers.ts'

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
