import { alternatives, type JsonSchema, objectOf, resolved, setKey, typesOf } from '../../proto/index.ts'

const TRUE = new Set(['true', 't', 'yes', 'y', 'on', '1'])
const FALSE = new Set(['false', 'f', 'no', 'n', 'off', '0'])

/** A value with texts read as the numbers and booleans that its schema wants, and booleans and numbers as each other: pydantic's lax mode. */
export function coerced(schema: JsonSchema, value: unknown, whole: JsonSchema = schema): unknown {
  const at = resolved(schema, whole)
  // of what is not described, nothing is wanted
  if (Object.keys(at).length === 0) return value
  for (const choice of alternatives(at)) {
    const changed = coerced(choice, value, whole)
    if (changed !== value) return changed
  }
  if (Array.isArray(value)) return mapped(value, (_, item) => coerced(objectOf(at.items), item, whole))
  if (typeof value === 'object' && value !== null) return isPlain(value) ? coercedMembers(at, value, whole) : value
  const types = typesOf(at)
  // a text that may be a text stays one
  if (typeof value === 'string' && types.includes('string')) return value
  for (const type of types) {
    const changed = scalar(String(type), value)
    if (changed !== undefined) return changed
  }
  return value
}

function coercedMembers(schema: JsonSchema, value: object, whole: JsonSchema): object {
  const properties = objectOf(schema.properties)
  const rest = objectOf(schema.additionalProperties)
  return mapped(value, (key, item) => {
    const member = Object.hasOwn(properties, key) ? objectOf(properties[key]) : rest
    return coerced(member, item, whole)
  })
}

/** The same object where nothing in it changed. */
function mapped<T extends object>(value: T, change: (key: string, item: unknown) => unknown): T {
  let copy: T | undefined
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key]
    const changed = change(key, item)
    if (changed === item) continue
    copy ??= (Array.isArray(value) ? [...value] : { ...value }) as T
    setKey(copy as Record<string, unknown>, key, changed)
  }
  return copy ?? value
}

function scalar(type: string, value: unknown): unknown {
  if (type === 'integer' || type === 'number') return numberOf(value, type === 'integer')
  return type === 'boolean' ? booleanOf(value) : undefined
}

function numberOf(value: unknown, whole: boolean): number | undefined {
  if (typeof value === 'boolean') return Number(value)
  if (typeof value !== 'string' || value.trim() === '') return undefined
  const number = Number(value)
  return whole ? (Number.isSafeInteger(number) ? number : undefined) : Number.isNaN(number) ? undefined : number
}

function booleanOf(value: unknown): boolean | undefined {
  const word = String(value).toLowerCase()
  return TRUE.has(word) ? true : FALSE.has(word) ? false : undefined
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
