import type { z } from 'zod'
import { type DType, dtypes, FlowError, NdArray, type NestedNumbers, type TensorLike } from '../../../proto/index.ts'
import { custom } from './custom.ts'

export interface NdArrayOptions {
  /** What its numbers are, in numpy's words; others are converted. @default what they come as */
  dtype?: keyof typeof dtypes
  /** Lengths of its dimensions, -1 for any; another shape with as many numbers is given this one. @default any */
  shape?: readonly number[]
  /** Refuse numbers of another kind instead of converting them: 1.5 is no int32. @default false */
  enforceDtype?: boolean
  /** Refuse another shape instead of rearranging it. @default false */
  enforceShape?: boolean
}

export type { TensorLike }

/** A tensor: nested lists inside JSON, bytes on the way to the executor. */
export function ndarray(options: NdArrayOptions = {}): z.ZodType<NdArray, TensorLike> {
  const { dtype, shape } = options
  const described = {
    type: 'tensor',
    format: 'numpy-array',
    ...(dtype && { dtype }),
    ...(shape && { shape: [...shape], dim: shape.reduce((size, length) => size * length, 1) }),
  }
  return custom<NdArray, TensorLike>(described, (value, refuse) => {
    if (!(value instanceof NdArray) && !Array.isArray(value) && !ArrayBuffer.isView(value)) {
      return refuse(
        'tensor_type',
        'Input should be a list of numbers, nested as the tensor has dimensions',
      ) as undefined
    }
    try {
      return shaped(typed(value as TensorLike, options), options)
    } catch (error) {
      return refuse('value_error', FlowError.from(error).reason) as undefined
    }
  })
}

function typed(value: TensorLike, { dtype, enforceDtype }: NdArrayOptions): NdArray {
  const wanted = dtype && dtypes[dtype]
  const given = value instanceof NdArray ? value : ArrayBuffer.isView(value) ? NdArray.from(value) : undefined
  if (given) return !wanted || given.dtype === wanted ? given : converted(given, wanted, enforceDtype)
  const nested = value as readonly NestedNumbers[]
  if (!wanted) return NdArray.from(nested)
  return enforceDtype ? NdArray.from(nested, { dtype: wanted }) : converted(NdArray.from(nested), wanted, false)
}

/** @throws {FlowError} INVALID_ARGUMENT for numbers that are out of its range */
function converted(array: NdArray, dtype: DType, enforce: boolean | undefined): NdArray {
  if (enforce)
    throw new FlowError('INVALID_ARGUMENT', `a tensor of ${dtype} is wanted, and this one is of ${array.dtype}`)
  const whole = dtype.startsWith('i') || dtype.startsWith('u')
  const numbers = Array.from(array.data as ArrayLike<number | bigint>, (number) =>
    whole && typeof number === 'number' ? Math.trunc(number) : number,
  )
  return NdArray.from(numbers, { dtype, shape: array.shape })
}

function shaped(array: NdArray, { shape, enforceShape }: NdArrayOptions): NdArray {
  if (!shape || fits(array.shape, shape)) return array
  const wanted = enforceShape ? undefined : filledIn(shape, array.size)
  if (wanted) return new NdArray(array.typestr, wanted, array.bytes, array.clsName)
  const what = enforceShape ? `of shape (${array.shape})` : `of size ${array.size}`
  throw new FlowError('INVALID_ARGUMENT', `cannot reshape array ${what} into shape (${shape})`)
}

function fits(given: readonly number[], wanted: readonly number[]): boolean {
  return given.length === wanted.length && wanted.every((length, i) => length === -1 || length === given[i])
}

/** The shape with its one -1 filled in; undefined where that many numbers do not fill it. */
function filledIn(shape: readonly number[], size: number): number[] | undefined {
  const open = shape.filter((length) => length === -1).length
  const known = shape.reduce((product, length) => (length === -1 ? product : product * length), 1)
  if (open > 1 || (open === 0 ? known !== size : size % known !== 0)) return undefined
  return shape.map((length) => (length === -1 ? size / known : length))
}
