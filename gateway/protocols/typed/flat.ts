import { isObject, type JsonObject, type JsonSchema, type JsonValue } from '../../../proto/index.ts'

/** A schema without references and unions: of several choices, the first that is not null. */
export function flat(schema: JsonSchema): JsonSchema {
  return flattened(schema, schema, 0)
}

// deep enough for what people write, and an end for what refers to itself
const maxDepth = 12

function flattened(schema: JsonSchema, whole: JsonSchema, depth: number): JsonSchema {
  if (depth > maxDepth) return {}
  const { $ref, $defs: _, anyOf, oneOf, allOf, type, ...rest } = schema
  const inner = (value: JsonValue) => flattened(isObject(value) ? (value as JsonObject) : {}, whole, depth + 1)
  const chosen = choiceOf(anyOf) ?? choiceOf(oneOf) ?? choiceOf(allOf) ?? referred($ref, whole)
  if (chosen) return { ...inner(chosen), ...rest }
  const flat: JsonObject = { ...rest }
  const first = Array.isArray(type) ? type.find((name) => name !== 'null') : type
  if (first !== undefined) flat.type = first
  if (isObject(rest.properties)) flat.properties = mapped(rest.properties as JsonObject, inner)
  // clients look for items in every list
  if (first === 'array') flat.items = isObject(rest.items) ? inner(rest.items as JsonObject) : {}
  if (isObject(rest.additionalProperties)) flat.additionalProperties = inner(rest.additionalProperties as JsonObject)
  return flat
}

function choiceOf(choices: JsonValue | undefined): JsonObject | undefined {
  if (!Array.isArray(choices)) return undefined
  return choices.find((choice) => isObject(choice) && (choice as JsonObject).type !== 'null') as JsonObject | undefined
}

function referred($ref: JsonValue | undefined, whole: JsonSchema): JsonObject | undefined {
  if (typeof $ref !== 'string') return undefined
  const keys = $ref.split('/').slice(1)
  return keys.reduce<JsonObject>((at, key) => (isObject(at[key]) ? (at[key] as JsonObject) : {}), whole)
}

function mapped(object: JsonObject, change: (value: JsonValue) => JsonValue): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]))
}
