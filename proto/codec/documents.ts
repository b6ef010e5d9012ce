import { Document } from '../document.ts'
import { DocumentArray } from '../document-array.ts'
import { DocumentFields, Lazy, type NamedScore, type Scores, type Tensor } from '../document-fields.ts'
import { FlowError } from '../flow-error.ts'
import { docarray } from '../gen/messages.js'
import { newId } from '../id.ts'
import { checkDepth, type JsonObject, setKey } from '../json.ts'
import { guessMimeType } from '../mime-type.ts'
import { decoding, type Reader, readerOf, type Writer } from './reader.ts'
import { decodeStruct, encodeStruct } from './struct.ts'
import { readTensor, writeTensor } from './tensors.ts'

// docarray.DocumentArrayProto ⇄ DocumentArray. One pass over an array finds where its documents begin; a document is read
// when someone looks at it, and its nested messages when someone looks at them.

const bytesField = (number: number) => (number << 3) | 2
const DOCS = bytesField(1)

/** The bytes of a `docarray.DocumentArrayProto`; its documents are read on demand. */
export function readDocuments(bytes: Uint8Array): DocumentArray {
  const reader = readerOf(bytes)
  const documents = new DocumentArray()
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag === DOCS) documents.push(lazyDocument(reader.bytes(), 0))
    else reader.skipType(tag & 7)
  }
  return documents.wasRead()
}

/** Writes the documents as the fields of a `docarray.DocumentArrayProto`. */
export function writeDocuments(documents: DocumentArray, writer: Writer, tag = DOCS, depth = 0): Writer {
  checkDepth(depth, 'a document')
  for (const document of documents) {
    const wire = document.wire
    if (wire && wire.decode === readFields) writer.uint32(tag).bytes(wire.bytes)
    else writeDocument(document, writer.uint32(tag).fork(), depth).ldelim()
  }
  return writer
}

function lazyDocument(bytes: Uint8Array, depth: number): Document {
  return Document.lazy({ bytes, decode: readFields, depth })
}

function readFields(bytes: Uint8Array, depth: number): DocumentFields {
  return decoding('document', bytes, () => fieldsOf(readerOf(bytes), depth))
}

function fieldsOf(reader: Reader, depth: number): DocumentFields {
  const fields = new DocumentFields()
  const chunks: Uint8Array[] = []
  const matches: Uint8Array[] = []
  const scores: Uint8Array[] = []
  const evaluations: Uint8Array[] = []
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    switch (tag >>> 3) {
      case 1:
        fields.id = reader.string()
        break
      case 2:
        clearContent(fields)
        fields.blob = reader.bytes()
        break
      case 3:
        clearContent(fields)
        fields.tensor = new Lazy([reader.bytes()], tensorOf)
        break
      case 4:
        clearContent(fields)
        fields.text = reader.string()
        break
      case 5:
        fields.granularity = reader.uint32()
        break
      case 6:
        fields.adjacency = reader.uint32()
        break
      case 7:
        fields.parentId = reader.string()
        break
      case 8:
        fields.weight = reader.float()
        break
      case 9:
        fields.uri = reader.string()
        break
      case 10:
        fields.modality = reader.string()
        break
      case 11:
        fields.mimeType = reader.string()
        break
      case 12:
        fields.offset = reader.float()
        break
      case 13:
        fields.location = readFloats(reader, tag, fields.location ?? [])
        break
      case 14:
        chunks.push(reader.bytes())
        break
      case 15:
        matches.push(reader.bytes())
        break
      case 16:
        fields.embedding = new Lazy([reader.bytes()], tensorOf)
        break
      case 17:
        fields.tags = new Lazy([reader.bytes()], structOf)
        break
      case 18:
        scores.push(reader.bytes())
        break
      case 19:
        evaluations.push(reader.bytes())
        break
      case 20:
        fields.metadata = new Lazy([reader.bytes()], structOf)
        break
      default:
        reader.skipType(tag & 7)
    }
  }
  if (chunks.length > 0) fields.chunks = new Lazy(chunks, arrayAt(depth + 1))
  if (matches.length > 0) fields.matches = new Lazy(matches, arrayAt(depth + 1))
  if (scores.length > 0) fields.scores = new Lazy(scores, scoresOf)
  if (evaluations.length > 0) fields.evaluations = new Lazy(evaluations, scoresOf)
  // as docarray reads it
  if (fields.mimeType === '' && fields.uri !== '') fields.mimeType = guessMimeType(fields.uri) ?? ''
  return fields
}

// protobuf's oneof: the last one counts
function clearContent(fields: DocumentFields): void {
  fields.text = ''
  fields.blob = undefined
  fields.tensor = undefined
}

function writeDocument(document: Document, writer: Writer, depth: number): Writer {
  document.adopt()
  const f = document.fields
  if (f.id === '') f.id = newId()
  writer.uint32(bytesField(1)).string(f.id)
  if (f.blob && f.blob.length > 0) writer.uint32(bytesField(2)).bytes(f.blob)
  if (f.tensor) writeTensorField(3, f.tensor, writer)
  if (f.text !== '') writer.uint32(bytesField(4)).string(f.text)
  if (f.granularity !== 0) writer.uint32(5 << 3).uint32(f.granularity)
  if (f.adjacency !== 0) writer.uint32(6 << 3).uint32(f.adjacency)
  if (f.parentId !== '') writer.uint32(bytesField(7)).string(f.parentId)
  if (f.weight !== 0) writer.uint32((8 << 3) | 5).float(f.weight)
  if (f.uri !== '') writer.uint32(bytesField(9)).string(f.uri)
  if (f.modality !== '') writer.uint32(bytesField(10)).string(f.modality)
  if (f.mimeType !== '') writer.uint32(bytesField(11)).string(f.mimeType)
  if (f.offset !== 0) writer.uint32((12 << 3) | 5).float(f.offset)
  if (f.location && f.location.length > 0) writeFloats(13, f.location, writer)
  if (f.chunks) writeNested(14, f.chunks, writer, depth)
  if (f.matches) writeNested(15, f.matches, writer, depth)
  if (f.embedding) writeTensorField(16, f.embedding, writer)
  if (f.tags) writeStructField(17, f.tags, writer)
  if (f.scores) writeScores(18, f.scores, writer)
  if (f.evaluations) writeScores(19, f.evaluations, writer)
  if (f.metadata) writeStructField(20, f.metadata, writer)
  return writer
}

const tensorOf = ([bytes]: readonly Uint8Array[]): Tensor => decoding('tensor', bytes as Uint8Array, readTensor)
const structOf = ([bytes]: readonly Uint8Array[]): JsonObject => decoding('tags', bytes as Uint8Array, decodeStruct)
const scoresOf = (parts: readonly Uint8Array[]): Scores => decoding('scores', parts, readScores)

// who walks down the chunks of a stranger's document would run out of stack
const arraysAt: ((parts: readonly Uint8Array[]) => DocumentArray)[] = []
function arrayAt(depth: number): (parts: readonly Uint8Array[]) => DocumentArray {
  checkDepth(depth, 'a document')
  arraysAt[depth] ??= (parts) => new DocumentArray(parts.map((bytes) => lazyDocument(bytes, depth)))
  return arraysAt[depth]
}

function writeTensorField(number: number, tensor: Tensor | Lazy<Tensor>, writer: Writer): void {
  if (tensor instanceof Lazy) writer.uint32(bytesField(number)).bytes(tensor.bytes[0] as Uint8Array)
  else writeTensor(tensor, writer.uint32(bytesField(number)).fork()).ldelim()
}

function writeStructField(number: number, object: JsonObject | Lazy<JsonObject>, writer: Writer): void {
  if (object instanceof Lazy) writer.uint32(bytesField(number)).bytes(object.bytes[0] as Uint8Array)
  else if (Object.keys(object).length > 0) encodeStruct(object, writer.uint32(bytesField(number)).fork()).ldelim()
}

function writeNested(number: number, nested: DocumentArray | Lazy<DocumentArray>, writer: Writer, depth: number): void {
  if (nested instanceof Lazy) for (const bytes of nested.bytes) writer.uint32(bytesField(number)).bytes(bytes)
  else writeDocuments(nested, writer, bytesField(number), depth + 1)
}

function readFloats(reader: Reader, tag: number, floats: number[]): number[] {
  if ((tag & 7) !== 2) {
    floats.push(reader.float())
    return floats
  }
  const end = reader.uint32() + reader.pos
  while (reader.pos < end) floats.push(reader.float())
  if (reader.pos !== end) throw new FlowError('INVALID_ARGUMENT', 'malformed document: half a float')
  return floats
}

function writeFloats(number: number, floats: readonly number[], writer: Writer): void {
  writer.uint32(bytesField(number)).fork()
  for (const float of floats) writer.float(float)
  writer.ldelim()
}

// map<string, NamedScoreProto>: entries of key = 1 and value = 2
function readScores(entries: readonly Uint8Array[]): Scores {
  const scores: Scores = {}
  for (const bytes of entries) {
    const reader = readerOf(bytes)
    let key = ''
    let score: NamedScore = {}
    while (reader.pos < reader.len) {
      const tag = reader.uint32()
      if (tag === bytesField(1)) key = reader.string()
      else if (tag === bytesField(2)) score = scoreOf(reader.bytes())
      else reader.skipType(tag & 7)
    }
    setKey(scores as Record<string, NamedScore>, key, score)
  }
  return scores
}

function scoreOf(bytes: Uint8Array): NamedScore {
  const { value, opName, description, refId } = docarray.NamedScoreProto.decode(bytes)
  const score: NamedScore = { value }
  if (opName) score.opName = opName
  if (description) score.description = description
  if (refId) score.refId = refId
  return score
}

function writeScores(number: number, scores: Scores | Lazy<Scores>, writer: Writer): void {
  if (scores instanceof Lazy) {
    for (const bytes of scores.bytes) writer.uint32(bytesField(number)).bytes(bytes)
    return
  }
  for (const name of Object.keys(scores)) {
    writer.uint32(bytesField(number)).fork().uint32(bytesField(1)).string(name)
    docarray.NamedScoreProto.encode(scores[name] as NamedScore, writer.uint32(bytesField(2)).fork()).ldelim()
    writer.ldelim()
  }
}
