import { Document, DocumentArray, type DocumentLike, FlowError } from '../proto/index.ts'

/** What can be posted: a document, many of them, a source of many, or nothing. */
export type Inputs =
  | DocumentLike
  | Iterable<DocumentLike>
  | AsyncIterable<DocumentLike>
  | ReadableStream<DocumentLike>
  | (() => Iterable<DocumentLike> | AsyncIterable<DocumentLike> | DocumentLike)
  | null
  | undefined

/**
 * Cuts inputs into batches of `requestSize` documents (all in one where it is 0 or less). Nothing makes one batch without
 * documents; a source that yields none makes no batch.
 * @throws {FlowError} INVALID_ARGUMENT for an item that is no document
 */
export async function* batches(inputs: Inputs, requestSize: number): AsyncGenerator<DocumentArray | undefined> {
  if (inputs === null || inputs === undefined) {
    yield undefined
    return
  }
  let batch = new DocumentArray()
  let position = 0
  for await (const item of sourceOf(inputs)) {
    batch.push(toDocument(item, position++))
    if (requestSize > 0 && batch.length >= requestSize) {
      yield batch
      batch = new DocumentArray()
    }
  }
  if (batch.length > 0 || position === 0) yield batch
}

function sourceOf(inputs: NonNullable<Inputs>): Iterable<DocumentLike> | AsyncIterable<DocumentLike> {
  if (typeof inputs === 'function') return sourceOf(inputs())
  if (typeof inputs === 'string' || inputs instanceof Document) return [inputs]
  if (Symbol.iterator in inputs || Symbol.asyncIterator in inputs) return inputs as Iterable<DocumentLike>
  if (typeof (inputs as ReadableStream).getReader === 'function') return readAll(inputs as ReadableStream<DocumentLike>)
  return [inputs as DocumentLike]
}

// browsers' streams are not iterable everywhere
async function* readAll(stream: ReadableStream<DocumentLike>): AsyncGenerator<DocumentLike> {
  const reader = stream.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    reader.releaseLock()
  }
}

function toDocument(item: unknown, position: number): Document {
  if (item instanceof Document || typeof item === 'string') return Document.from(item)
  if (typeof item !== 'object' || item === null || ArrayBuffer.isView(item) || Array.isArray(item)) {
    throw new FlowError(
      'INVALID_ARGUMENT',
      `input ${position} is no document but ${item === null ? 'null' : typeof item}`,
      {
        hint: 'Give Documents, their fields, or their texts',
      },
    )
  }
  try {
    return new Document(item)
  } catch (error) {
    throw new FlowError('INVALID_ARGUMENT', `input ${position}: ${FlowError.from(error).reason}`, { cause: error })
  }
}
