import type { JsonSchema } from './api.ts'
import { isObject } from './codec/json-read.ts'
import type { JsonObject, JsonValue } from './json.ts'

/** Follows a `$ref` into the schema it stands in; a schema that has none is itself. */
export function resolved(schema: JsonSchema, whole: JsonSchema): JsonSchema {
  let at = schema
  for (let hops = 0; typeof at.$ref === 'string' && hops < 8; hops++) {
    const keys = at.$ref.split('/').slice(1)
    at = keys.reduce<JsonObject>((inner, key) => objectOf(inner[key]), whole)
  }
  return at
}

/** The schemas of which a value may follow one. */
export function alternatives(schema: JsonSchema): JsonSchema[] {
  const { anyOf, oneOf } = schema
  const listed = [anyOf, oneOf].flatMap((list) => (Array.isArray(list) ? list.filter(isObject) : []))
  return listed as JsonSchema[]
}

/** Its `type` as a list. */
export function typesOf({ type }: JsonSchema): JsonValue[] {
  return type === undefined ? [] : [type].flat()
}

export function objectOf(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? (value as JsonObject) : {}
}
