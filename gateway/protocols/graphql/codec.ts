import {
  DataRequest,
  type Document,
  type DocumentArray,
  deepPlain,
  FlowError,
  isObject,
  type JsonObject,
  JsonReader,
  type NamedScore,
  type Scores,
} from '../../../proto/index.ts'

// Arguments of `docs` → DataRequest, Document → fields of StrawberryDocument. An empty field is null, as in Jina.

/** What `docs` is called with. */
export interface DocsArguments {
  readonly data?: readonly DocumentInput[] | null
  readonly targetExecutor?: string | null
  readonly parameters?: unknown
  readonly execEndpoint: string
}

/** GraphQL has checked the names of its fields. */
type DocumentInput = Readonly<Record<string, unknown>>

interface ScoreInput {
  readonly name: string
  readonly score: Readonly<Record<string, unknown>>
}

/** @throws {FlowError} INVALID_ARGUMENT that names every mistake */
export function decode({ data, targetExecutor, parameters, execEndpoint }: DocsArguments): DataRequest {
  return new DataRequest({
    header: { execEndpoint, targetExecutor: targetExecutor ?? undefined },
    parameters: readParameters(parameters),
    docs: data ? readDocuments(data) : undefined,
  })
}

function readDocuments(data: readonly DocumentInput[]): DocumentArray {
  const reader = new JsonReader()
  const docs = reader.documents(data.map(documentJson), ['data'])
  if (reader.issues.length === 0) return docs
  const mistakes = reader.issues.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`)
  throw new FlowError('INVALID_ARGUMENT', mistakes.join('; '))
}

function readParameters(value: unknown): JsonObject | undefined {
  if (value === null || value === undefined) return undefined
  if (isObject(value)) return deepPlain(value, 0) as JsonObject
  throw new FlowError('INVALID_ARGUMENT', 'parameters: an object is wanted', { hint: 'Give it, or its JSON text' })
}

/** The document in docarray's JSON, as over HTTP. */
function documentJson({ parentId, mimeType, scores, evaluations, chunks, matches, ...same }: DocumentInput): object {
  return {
    ...same,
    parent_id: parentId,
    mime_type: mimeType,
    scores: scoresJson(scores as ScoreInput[]),
    evaluations: scoresJson(evaluations as ScoreInput[]),
    chunks: (chunks as DocumentInput[] | undefined)?.map(documentJson),
    matches: (matches as DocumentInput[] | undefined)?.map(documentJson),
  }
}

function scoresJson(scores: readonly ScoreInput[] | null | undefined): object | undefined {
  if (!scores) return undefined
  return Object.fromEntries(
    scores.map(({ name, score: { value, opName, description, refId } }) => [
      name,
      { value, op_name: opName, description, ref_id: refId },
    ]),
  )
}

/** The documents of an answer, for who reads them and nothing else. */
export function answerDocuments(answer: DataRequest): DocumentArray {
  const docs = answer.ownDocs()
  for (const document of docs) if (!document.wire) document.adopt()
  return docs
}

/** How each field of a StrawberryDocument is read; nobody pays for those that were not asked for. */
export const documentFields = {
  parentId: ({ parentId }: Document) => filled(parentId),
  granularity: ({ granularity }: Document) => filled(granularity),
  adjacency: ({ adjacency }: Document) => filled(adjacency),
  blob: ({ blob }: Document) => (blob.length > 0 ? blob : null),
  mimeType: ({ mimeType }: Document) => filled(mimeType),
  text: ({ text }: Document) => filled(text),
  weight: ({ weight }: Document) => finite(weight),
  uri: ({ uri }: Document) => filled(uri),
  tags: ({ tags }: Document) => (Object.keys(tags).length > 0 ? tags : null),
  offset: ({ offset }: Document) => finite(offset),
  location: ({ location }: Document) => list(location),
  modality: ({ modality }: Document) => filled(modality),
  evaluations: ({ evaluations }: Document) => scoreItems(evaluations),
  scores: ({ scores }: Document) => scoreItems(scores),
  chunks: ({ chunks }: Document) => list(chunks),
  matches: ({ matches }: Document) => list(matches),
}

/** How each field of a Namedscore is read. */
export const scoreFields = {
  value: ({ value = 0 }: NamedScore) => finite(value),
  opName: ({ opName = '' }: NamedScore) => filled(opName),
  description: ({ description = '' }: NamedScore) => filled(description),
  refId: ({ refId = '' }: NamedScore) => filled(refId),
}

function scoreItems(scores: Scores): object[] | null {
  return list(Object.entries(scores).map(([name, score]) => ({ name, score })))
}

function list<T>(values: T[]): T[] | null {
  return values.length > 0 ? values : null
}

function filled<T extends string | number>(value: T): T | null {
  return value || null
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? filled(value) : null
}
