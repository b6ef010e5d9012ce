import type { Document } from './document.ts'

// snake_case names of docarray for fields that we spell otherwise
const spelled: Record<string, keyof Document> = {
  parent_id: 'parentId',
  mime_type: 'mimeType',
  _metadata: 'metadata',
}

const FIELDS = new Set<string>([
  ...[
    'id',
    'text',
    'blob',
    'tensor',
    'embedding',
    'content',
    'tags',
    'uri',
    'weight',
    'modality',
    'granularity',
    'adjacency',
  ],
  ...['offset', 'location', 'chunks', 'matches', 'scores', 'evaluations', 'parentId', 'mimeType', 'metadata'],
])

/** The value at a path such as `tags__author__name` or `scores__cos__value`; undefined where there is none. */
export function read(document: Document, path: string): unknown {
  const [first = '', ...rest] = path.startsWith('_metadata')
    ? ['_metadata', ...path.slice('_metadata'.length).split('__').slice(1)]
    : path.split('__')
  const name = spelled[first] ?? first
  // a clone: reading must leave the document's own bytes as they are
  const field: unknown = FIELDS.has(name)
    ? (document.wire ? document.clone() : document)[name as keyof Document]
    : undefined
  return rest.reduce<unknown>(step, field)
}

function step(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value[Number(key)]
  if (typeof value !== 'object' || value === null) return undefined
  const name = key === 'op_name' ? 'opName' : key === 'ref_id' ? 'refId' : key
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
}
