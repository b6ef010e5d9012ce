import { type DataRequest, DocumentArray, gatherApart, merge, type Query } from '../../proto/index.ts'
import type { Step } from './plan.ts'

/** What a node gets of its inputs: those documents of each that its condition wants, merged unless it wants them apart. */
export function gather(parts: readonly DataRequest[], { spec, runs, origins }: Step): DataRequest {
  // a node that is skipped changes nothing, and who comes after it wants one request
  if (!runs) return merge(parts)
  const { when, noReduce } = spec
  const wanted = when ? parts.map((part) => select(part, when)) : parts
  return noReduce && wanted.length > 1 ? gatherApart(wanted, origins) : merge(wanted)
}

/** The documents that a condition wants. */
export function select(request: DataRequest, when: Query): DataRequest {
  const docs = request.ownDocs()
  const wanted = docs.filter(when)
  return wanted.length === docs.length ? request : request.with({ docs: wanted })
}

/** An answer with its documents in the order in which the request had them, and then those that it had not. */
export function inOrderOf(request: DataRequest, answer: DataRequest): DataRequest {
  const places = new Map<string, number>()
  for (const [place, { id }] of request.ownDocs().entries()) if (!places.has(id)) places.set(id, place)
  const docs = answer.ownDocs()
  const placeOf = (id: string) => places.get(id) ?? places.size
  const sorted = new DocumentArray(docs.toSorted((a, b) => placeOf(a.id) - placeOf(b.id)))
  const changed = !answer.hasDocs || sorted.some((document, i) => document !== docs[i])
  return changed ? answer.with({ docs: sorted }) : answer
}
