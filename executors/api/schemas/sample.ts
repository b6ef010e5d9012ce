import { z } from 'zod'
import { FileData, type JsonValue, NdArray } from '../../../proto/index.ts'
import { bytes } from './bytes.ts'
import { file } from './file.ts'
import { type NdArrayOptions, ndarray } from './ndarray.ts'

/** What a value like this one is, literals widened. */
export type Widened<T> = T extends string
  ? string
  : T extends number
    ? number
    : T extends boolean
      ? boolean
      : T extends NdArray | FileData | Uint8Array | null
        ? T
        : T extends readonly (infer Item)[]
          ? Widened<Item>[]
          : { -readonly [K in keyof T]: Widened<T[K]> }

/**
 * A schema of values like a sample: members as it has them, lists of what its first item is, tensors of its dtype and shape. JSON
 * samples are what the OpenAPI page suggests.
 *
 * @example
 * \@api({ input: { iris: fromSample({ sepalLength: 5.1, sepalWidth: 3.5 }) } })
 */
export function fromSample<const T>(sample: T): z.ZodType<Widened<T>, Widened<T>> {
  const schema = schemaOf(sample)
  return (isJson(sample) ? schema.meta({ examples: [sample as JsonValue] }) : schema) as z.ZodType<
    Widened<T>,
    Widened<T>
  >
}

function schemaOf(sample: unknown): z.ZodType {
  if (typeof sample === 'string') return z.string()
  if (typeof sample === 'number') return z.number()
  if (typeof sample === 'boolean') return z.boolean()
  if (sample === null) return z.null()
  if (sample instanceof NdArray) return ndarray({ dtype: dtypeNames[sample.dtype] as never, shape: sample.shape })
  if (sample instanceof FileData) return file({ contentType: sample.type })
  if (sample instanceof Uint8Array) return bytes()
  if (Array.isArray(sample)) return z.array(sample.length > 0 ? schemaOf(sample[0]) : z.unknown())
  if (typeof sample !== 'object') return z.unknown()
  return z.object(Object.fromEntries(Object.entries(sample).map(([key, value]) => [key, schemaOf(value)])))
}

const dtypeNames: Record<string, NdArrayOptions['dtype']> = {
  ...{ f2: 'float16', f4: 'float32', f8: 'float64', b1: 'bool' },
  ...{ i1: 'int8', i2: 'int16', i4: 'int32', i8: 'int64', u1: 'uint8', u2: 'uint16', u4: 'uint32', u8: 'uint64' },
}

function isJson(value: unknown): boolean {
  if (typeof value !== 'object' || value === null)
    return ['string', 'number', 'boolean', 'object'].includes(typeof value)
  const prototype = Object.getPrototypeOf(value)
  return (Array.isArray(value) || prototype === Object.prototype) && Object.values(value).every(isJson)
}
