import {
  type FileData,
  isObject,
  type JsonObject,
  type JsonSchema,
  type JsonValue,
  setKey,
} from '../../../proto/index.ts'
import type { FileUrls } from './urls.ts'

/** What stands in one place of a form. */
export type FormValue = string | FileData

/** A form's values by name, in the order they came. */
export type Form = readonly (readonly [name: string, value: FormValue])[]

/** Arguments from a form: what the schema of each says of it decides how its text is read. */
export async function formArguments(form: Form, schema: JsonSchema, urls: FileUrls): Promise<object> {
  const values: Record<string, unknown> = {}
  for (const [name, value] of form) {
    const field = propertyOf(schema, name)
    if (field.type !== 'array') setKey(values, name, await readValue(value, field, name, urls))
    else setKey(values, name, [...listAt(values, name), ...(await itemsOf(value, field, name, urls))])
  }
  return values
}

/** One value of a form, or a whole body that is one. */
export async function readValue(value: FormValue, schema: JsonSchema, name: string, urls: FileUrls): Promise<unknown> {
  if (schema.type === 'file') return typeof value === 'string' ? urls.read(value, name) : value
  if (typeof value === 'string') return readText(value, schema)
  return schema.format === 'binary' ? value.bytes : readText(value.text(), schema)
}

/** Of JSON arguments, files that are given as URLs. */
export async function withFiles(args: unknown, schema: JsonSchema, urls: FileUrls): Promise<unknown> {
  if (!isObject(args)) return args
  const values: Record<string, unknown> = { ...args }
  for (const [name, value] of Object.entries(values)) {
    const field = propertyOf(schema, name)
    const items = (field.items ?? {}) as JsonObject
    if (field.type === 'file' && typeof value === 'string') setKey(values, name, await urls.read(value, name))
    if (items.type === 'file' && Array.isArray(value)) {
      const read = value.map((item) => (typeof item === 'string' ? urls.read(item, name) : item))
      setKey(values, name, await Promise.all(read))
    }
  }
  return values
}

/** True where an argument is a file, or a list of them. */
export function takesFiles(schema: JsonSchema): boolean {
  return Object.keys((schema.properties ?? {}) as JsonObject).some((name) => {
    const { type, items } = propertyOf(schema, name)
    return type === 'file' || (type === 'array' && (items as JsonObject)?.type === 'file')
  })
}

function propertyOf({ properties }: JsonSchema, name: string): JsonSchema {
  return isObject(properties) && Object.hasOwn(properties, name) ? ((properties as JsonObject)[name] as JsonSchema) : {}
}

function listAt(values: Record<string, unknown>, name: string): unknown[] {
  return Object.hasOwn(values, name) ? [values[name]].flat() : []
}

// a list is repeated fields, or JSON
async function itemsOf(value: FormValue, { items }: JsonSchema, name: string, urls: FileUrls): Promise<unknown[]> {
  const list = typeof value === 'string' && value.trimStart().startsWith('[') ? parsed(value) : undefined
  if (Array.isArray(list)) return list
  return [await readValue(value, (items ?? {}) as JsonSchema, name, urls)]
}

// clients write JSON, also of texts; people write texts as they are
function readText(text: string, { type }: JsonSchema): JsonValue {
  if (type !== 'string') {
    const value = parsed(text)
    return value === undefined ? text : value
  }
  const value = /^\s*"/.test(text) ? parsed(text) : undefined
  return typeof value === 'string' ? value : text
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
}
