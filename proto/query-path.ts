import { closest } from 'fastest-levenshtein'
import { Document } from './document.ts'
import { DocumentFields, Lazy } from './document-fields.ts'
import { FlowError } from './flow-error.ts'

// snake_case names of docarray for fields that we spell otherwise
const spelled: Record<string, string> = {
  parent_id: 'parentId',
  mime_type: 'mimeType',
  _metadata: 'metadata',
}

const FIELDS = [...Object.keys(new DocumentFields()), 'content']

/** A path such as `tags__author__name`, cut into a field of documents and the steps from there. */
export interface Path {
  readonly field: keyof DocumentFields | 'content'
  readonly steps: readonly string[]
}

/**
 * Cuts a path at its double underscores.
 * @throws {FlowError} INVALID_ARGUMENT where documents have no such field
 */
export function parsePath(path: string, place: string): Path {
  const [first = '', ...steps] = path.startsWith('_metadata') ? [...metadataPath(path)] : path.split('__')
  const field = spelled[first] ?? first
  if (FIELDS.includes(field)) return { field: field as Path['field'], steps }
  throw new FlowError('INVALID_ARGUMENT', `${place} begins with no field of a document`, {
    hint: `Did you mean "${closest(first, [...FIELDS, ...Object.keys(spelled)])}"?`,
  })
}

function metadataPath(path: string): string[] {
  return ['_metadata', ...path.slice('_metadata'.length).split('__').slice(1)]
}

/** The value at a path; undefined where there is none. The document's own bytes stay as they are. */
export function read(document: Document, { field, steps }: Path): unknown {
  return steps.reduce<unknown>(step, fieldOf(document, field))
}

// not through the getters of a document: who is given its tags may change them
function fieldOf(document: Document, field: Path['field']): unknown {
  if (field === 'content') return document.content
  const value = document.fields[field]
  return value instanceof Lazy ? value.decode(value.bytes) : value
}

function step(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return /^\d+$/.test(key) ? value[Number(key)] : undefined
  if (value instanceof Document) {
    const field = spelled[key] ?? key
    return FIELDS.includes(field) ? fieldOf(value, field as Path['field']) : undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const name = key === 'op_name' ? 'opName' : key === 'ref_id' ? 'refId' : key
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
}
