import { toBase64 } from '../base64.ts'
import type { Document } from '../document.ts'
import type { DocumentArray } from '../document-array.ts'
import type { Scores, Tensor } from '../document-fields.ts'
import { checkDepth, type JsonObject } from '../json.ts'

// DocumentArray → the JSON text that docarray v1 calls "jsonschema": snake_case, all nineteen keys, unset ones null.

/** The JSON text of a list of documents. */
export function documentsText(documents: DocumentArray, depth = 0): string {
  checkDepth(depth, 'a document')
  let text = '['
  for (let i = 0; i < documents.length; i++) text += (i > 0 ? ',' : '') + documentText(documents[i] as Document, depth)
  return `${text}]`
}

/** The JSON text of one document. */
export function documentText(document: Document, depth = 0): string {
  if (!document.wire) document.adopt()
  const f = document.fields
  const text =
    `{"id":${JSON.stringify(document.id)},"parent_id":${string(f.parentId)}` +
    `,"granularity":${number(f.granularity)},"adjacency":${number(f.adjacency)}` +
    `,"blob":${f.blob && f.blob.length > 0 ? `"${toBase64(f.blob)}"` : null},"tensor":${f.tensor ? tensorText(document.tensor as Tensor) : null}` +
    `,"mime_type":${string(f.mimeType)},"text":${string(f.text)},"weight":${number(f.weight)},"uri":${string(f.uri)}` +
    `,"tags":${f.tags ? object(read(document, 'tags')) : null}` +
    `,"offset":${number(f.offset)},"location":${f.location && f.location.length > 0 ? JSON.stringify(f.location) : null}` +
    `,"embedding":${f.embedding ? tensorText(document.embedding as Tensor) : null},"modality":${string(f.modality)}` +
    `,"evaluations":${f.evaluations ? scoresText(read(document, 'evaluations')) : null}` +
    `,"scores":${f.scores ? scoresText(read(document, 'scores')) : null}` +
    `,"chunks":${f.chunks ? nested(document, 'chunks', depth) : null},"matches":${f.matches ? nested(document, 'matches', depth) : null}`
  const metadata = f.metadata ? object(read(document, 'metadata')) : 'null'
  return metadata === 'null' ? `${text}}` : `${text},"_metadata":${metadata}}`
}

/** Nested lists; a float that happens to be whole keeps its `.0`, so that the reader makes floats of it again. */
export function tensorText(tensor: Tensor): string {
  const dense = 'toDense' in tensor ? tensor.toDense() : tensor
  const { data, dtype, shape } = dense
  const words = dtype.startsWith('f')
    ? floatWords(data as ArrayLike<number>)
    : dtype === 'b1'
      ? Array.from(data as Uint8Array, Boolean)
      : data
  return nestText(
    words as ArrayLike<unknown> & { slice(start: number, end: number): { join(): string } },
    shape,
    0,
    data.length,
  )
}

function floatWords(data: ArrayLike<number>): ArrayLike<unknown> {
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number
    if (Number.isInteger(value) || !Number.isFinite(value)) return Array.from(data, floatWord)
  }
  return data
}

function floatWord(value: number): string {
  if (!Number.isFinite(value)) return 'null'
  if (!Number.isInteger(value)) return String(value)
  const word = Object.is(value, -0) ? '-0' : String(value)
  return word.includes('e') ? word : `${word}.0`
}

function nestText(
  words: { slice(start: number, end: number): { join(): string } },
  shape: readonly number[],
  start: number,
  end: number,
): string {
  if (shape.length === 0) return words.slice(start, end).join()
  if (shape.length === 1) return `[${words.slice(start, end).join()}]`
  const [rows = 0, ...inner] = shape
  const width = rows > 0 ? (end - start) / rows : 0
  const texts = Array.from({ length: rows }, (_, row) =>
    nestText(words, inner, start + row * width, start + (row + 1) * width),
  )
  return `[${texts.join()}]`
}

// opens a nested value for reading only: a clone, so that the document's own bytes stay valid
function read<K extends 'tags' | 'metadata' | 'scores' | 'evaluations' | 'chunks' | 'matches'>(
  document: Document,
  key: K,
): Document[K] {
  return document.wire ? document.clone()[key] : document[key]
}

function nested(document: Document, key: 'chunks' | 'matches', depth: number): string {
  const documents = read(document, key)
  return documents.length > 0 ? documentsText(documents, depth + 1) : 'null'
}

function object(value: JsonObject): string {
  const text = JSON.stringify(value)
  return text === '{}' ? 'null' : text
}

function scoresText(scores: Scores): string {
  const names = Object.keys(scores)
  if (names.length === 0) return 'null'
  const entries = names.map((name) => {
    const { value = 0, opName, description, refId } = scores[name] ?? {}
    const rest = `"op_name":${string(opName)},"description":${string(description)},"ref_id":${string(refId)}`
    return `${JSON.stringify(name)}:{"value":${number(value)},${rest}}`
  })
  return `{${entries.join()}}`
}

function string(value: string | undefined): string {
  return value ? JSON.stringify(value) : 'null'
}

function number(value: number): string {
  return value === 0 || !Number.isFinite(value) ? 'null' : String(value)
}
