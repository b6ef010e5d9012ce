import { DocumentArray } from './document-array.ts'
import { DocumentFields, Lazy } from './document-fields.ts'
import { newId } from './id.ts'
import { cloneJson, type JsonObject } from './json.ts'
import { NdArray } from './nd-array.ts'
import { SparseNdArray } from './sparse-nd-array.ts'

const NESTED_JSON = ['tags', 'metadata', 'scores', 'evaluations'] as const
const NESTED_ARRAYS = ['chunks', 'matches'] as const

/** Fields of one's own over the same buffers; what is still bytes is read by each for itself. */
export function clonedFields(from: DocumentFields): DocumentFields {
  // an id is given when it is first needed: both must have the same
  if (from.id === '') from.id = newId()
  const fields = Object.assign(new DocumentFields(), from)
  for (const key of NESTED_JSON) {
    if (from[key] && !(from[key] instanceof Lazy)) fields[key] = cloneJson(from[key] as JsonObject) as never
  }
  for (const key of NESTED_ARRAYS) {
    const nested = from[key]
    if (nested instanceof DocumentArray) fields[key] = nested.clone()
  }
  if (from.location) fields.location = [...from.location]
  return fields
}

/** The same fields over buffers of their own. */
export function detachedFields(fields: DocumentFields): DocumentFields {
  const copy = Object.assign(new DocumentFields(), fields)
  for (const key of Object.keys(copy) as (keyof DocumentFields)[]) {
    const value = copy[key]
    if (value instanceof Uint8Array) copy[key] = new Uint8Array(value) as never
    else if (value instanceof Lazy)
      copy[key] = new Lazy<never>(
        value.bytes.map((bytes) => new Uint8Array(bytes)),
        value.decode as never,
      ) as never
    else if (value instanceof DocumentArray) copy[key] = value.detach() as never
    else if (value instanceof NdArray || value instanceof SparseNdArray) copy[key] = value.detach() as never
  }
  return copy
}
