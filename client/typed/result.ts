import {
  dtypes,
  FileData,
  FlowError,
  fromBase64,
  isObject,
  type JsonSchema,
  NdArray,
  type NestedNumbers,
  objectOf,
} from '../../proto/index.ts'
import { bytesOf, textOf } from '../protocols/fetcher.ts'
import type { Endpoint } from './endpoint.ts'
import { type FileOrigin, FileResult } from './file-result.ts'

/**
 * The result of a call: what its schema says of it, or its content type where there is none.
 * @throws {FlowError} INTERNAL for a body that is not what it should be; as {@link textOf}
 */
export async function resultOf(
  { output, name }: Pick<Endpoint, 'output' | 'name'>,
  response: Response,
  init: RequestInit,
  origin: FileOrigin,
): Promise<unknown> {
  const kind = kindOf(output, response.headers)
  if (kind === 'file') return new FileResult(response, init, origin)
  if (kind === 'bytes') return bytesOf(response, init, origin.maxMessageBytes)
  const text = await textOf(response, init, origin.maxMessageBytes)
  return kind === 'text' ? text : valueFrom(text, output, name)
}

/** A value from its JSON, with tensors and files where its schema has them. @throws {FlowError} INTERNAL for text that is no JSON */
export function valueFrom(text: string, output: JsonSchema, name: string): unknown {
  if (text === '') return null
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new FlowError('INTERNAL', `${name} answered what is no JSON: ${text.slice(0, 200)}`, { cause: error })
  }
  return revived(value, output)
}

function kindOf({ type, format }: JsonSchema, headers: Headers): 'file' | 'bytes' | 'text' | 'json' {
  if (type === 'file') return 'file'
  if (type === 'string') return format === 'binary' ? 'bytes' : 'text'
  const said = headers.get('content-type') ?? ''
  if (type !== undefined || said === '' || /[/+]json\b/.test(said)) return 'json'
  if (headers.has('content-disposition')) return 'file'
  return said.startsWith('text/') ? 'text' : 'bytes'
}

function revived(value: unknown, schema: JsonSchema): unknown {
  if (schema.type === 'tensor') return tensorOf(value, schema)
  if (schema.type === 'file' && isObject(value)) return fileOf(value as Record<string, unknown>)
  if (Array.isArray(value) && schema.items !== undefined) {
    const items = objectOf(schema.items)
    return holdsMore(items) ? value.map((item) => revived(item, items)) : value
  }
  if (!isObject(value) || schema.properties === undefined) return value
  const properties = objectOf(schema.properties)
  const members = value as Record<string, unknown>
  for (const [name, member] of Object.entries(properties)) {
    if (Object.hasOwn(members, name)) members[name] = revived(members[name], objectOf(member))
  }
  return members
}

// lists of numbers are long
function holdsMore({ type }: JsonSchema): boolean {
  return type === 'tensor' || type === 'file' || type === 'array' || type === 'object'
}

function tensorOf(value: unknown, { dtype }: JsonSchema): unknown {
  if (value === null) return null
  const known =
    typeof dtype === 'string' && Object.hasOwn(dtypes, dtype) ? dtypes[dtype as keyof typeof dtypes] : undefined
  const init = known ? { dtype: known } : {}
  if (Array.isArray(value)) return NdArray.from(value as NestedNumbers[], init)
  return NdArray.from([value as number], { ...init, shape: [] })
}

// a file inside JSON
function fileOf({ name, type, data }: Record<string, unknown>): unknown {
  const bytes = typeof data === 'string' ? fromBase64(data) : undefined
  if (!bytes) throw new FlowError('INTERNAL', 'a file inside a result has no bytes')
  return new FileData(bytes, { name: String(name ?? ''), ...(typeof type === 'string' && { type }) })
}
