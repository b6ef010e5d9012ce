import type { Document } from './document.ts'
import { DocumentArray } from './document-array.ts'
import type { Branch, DataRequest } from './request.ts'

/**
 * Joins the answers of several branches, in `needs` order, by document id (docarray's `reduce`): the first branch's
 * documents stay and take the fields that they lack from later ones; documents it has not are appended.
 */
export function merge(parts: readonly DataRequest[]): DataRequest {
  const [first, ...others] = parts as [DataRequest, ...DataRequest[]]
  const bytes = first.dataBytes
  if (bytes && others.every((part) => part.dataBytes === bytes)) return first
  const merged = first.ownDocs()
  for (const part of others) mergeInto(merged, part.ownDocs())
  return first.with({ docs: merged })
}

/**
 * The documents of several branches one after the other in one request, which tells how many are whose.
 * @param executors - the last executor on each branch
 */
export function gatherApart(parts: readonly DataRequest[], executors: readonly string[]): DataRequest {
  const docs = new DocumentArray()
  const branches: Branch[] = []
  parts.forEach((part, i) => {
    const own = part.ownDocs()
    branches.push({ executor: executors[i] as string, count: own.length })
    for (const document of own) docs.push(document)
  })
  return (parts[0] as DataRequest).with({ docs, branches })
}

/** The branches of a request whose documents are kept apart, each as a request; another one alone. */
export function separated(request: DataRequest): [DataRequest, ...DataRequest[]] {
  const { branches = [] } = request
  if (branches.length < 2) return [request]
  const docs = request.ownDocs()
  let at = 0
  return branches.map(({ executor, count = 0 }) => {
    at += count
    return request.with({ docs: docs.slice(at - count, at), branches: [{ executor }] })
  }) as [DataRequest, ...DataRequest[]]
}

function mergeInto(left: DocumentArray, right: DocumentArray): void {
  const byId = new Map(left.map((document) => [document.id, document]))
  for (const document of right) {
    const known = byId.get(document.id)
    if (known) mergeDocument(known, document)
    else {
      left.push(document)
      byId.set(document.id, document)
    }
  }
}

const FIELDS = [
  'text',
  'blob',
  'tensor',
  'granularity',
  'adjacency',
  'weight',
  'uri',
  'modality',
  'mimeType',
  'offset',
  'location',
  'embedding',
  'tags',
  'scores',
  'evaluations',
  'metadata',
] as const

// Whole fields are copied, never parts of them. Content is set as docarray sets it, so a later kind of content replaces an earlier one.
function mergeDocument(left: Document, right: Document): void {
  const lacking = FIELDS.filter((field) => isEmpty(left.fields[field]) && !isEmpty(right.fields[field]))
  for (const field of lacking) (left as unknown as Record<string, unknown>)[field] = right[field]
  for (const nested of ['matches', 'chunks'] as const) {
    if (isEmpty(right.fields[nested])) continue
    const documents = left[nested]
    mergeInto(documents, right[nested])
    left[nested] = documents
  }
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === '' || value === 0) return true
  if (value instanceof DocumentArray || value instanceof Uint8Array || Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
