import { guessMimeType } from '../../../proto/mime-type.ts'
import type { Json } from './recordings.ts'

/**
 * Documents as docarray has them once it has read them: a mime type guessed from the uri, parts numbered after their owner, nothing that
 * is empty. Jina's executors write all documents so, ours those that they changed; readers see the same.
 */
export function normalised(documents: readonly Json[] = []): Json[] {
  return documents.map((document) => normal(document, {}))
}

function normal(document: Json, place: Json): Json {
  const {
    chunks = [],
    matches = [],
    ...others
  } = { ...document, ...place } as Json & { chunks?: Json[]; matches?: Json[] }
  const uri = others.uri as string | undefined
  const guess = uri && !others.mime_type ? guessMimeType(uri) : undefined
  const level = (key: string) => Number(others[key] ?? 0) + 1
  const parts = chunks.map((chunk) => normal(chunk, { parent_id: others.id, granularity: level('granularity') }))
  const found = matches.map((match) => normal(match, { adjacency: level('adjacency') }))
  const told = Object.entries(others).map(([key, value]) => [key, readable(value, key)])
  const all = { ...Object.fromEntries(told), ...(guess && { mime_type: guess }), chunks: parts, matches: found }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => !isEmpty(value)))
}

// a score without a value says nothing, and a tensor without its class is lost in Jina
function isEmpty(value: unknown): boolean {
  if (value === '' || value === 0 || value === undefined || value === null) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

function readable(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  if (key === 'scores' || key === 'evaluations') {
    return Object.fromEntries(Object.entries(value).filter(([, score]) => !isEmpty(score)))
  }
  if ('dense' in value && !('cls_name' in value)) return undefined
  return value
}
