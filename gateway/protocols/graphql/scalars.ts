import { GraphQLError, GraphQLScalarType, valueFromASTUntyped } from 'graphql'
import { type JsonValue, messageOf, type Tensor } from '../../../proto/index.ts'

// Jina's scalars. What they carry is read by the codec, as over HTTP: a scalar does not know what it is for.

/** Any JSON; a string is JSON text, which is all that Jina takes. */
export const JSONScalar = new GraphQLScalarType<JsonValue, JsonValue>({
  name: 'JSONScalar',
  description: 'A JSON value, as it is or as its text.',
  parseValue: jsonOf,
  parseLiteral: (node, variables) => jsonOf(valueFromASTUntyped(node, variables)),
  serialize: (value) => value as JsonValue,
})

export const Base64 = new GraphQLScalarType<string, string>({
  name: 'Base64',
  description: 'Bytes in base64.',
  parseValue(value) {
    if (typeof value === 'string') return value
    throw new GraphQLError('Base64 is a string')
  },
  serialize: (bytes) => Buffer.from(bytes as Uint8Array).toString('base64'),
})

export const NdArray = new GraphQLScalarType<unknown, unknown>({
  name: 'NdArray',
  description: 'Nested lists of numbers, or `{buffer, shape, dtype}` with the numbers in base64, little-endian.',
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
  serialize: (tensor) => nested(tensor as Tensor),
})

function nested(tensor: Tensor): unknown {
  return ('toDense' in tensor ? tensor.toDense() : tensor).toNested()
}

function jsonOf(value: unknown): JsonValue {
  if (typeof value !== 'string') return value as JsonValue
  try {
    return JSON.parse(value)
  } catch (error) {
    throw new GraphQLError(`this string is no JSON text: ${messageOf(error)}`)
  }
}
