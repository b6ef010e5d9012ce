import { type Call, type DataRequest, Document, DocumentArray } from '../proto/index.ts'
import type { EndpointStream, Yielded } from './endpoints.ts'

/** Why a part could not be given to the caller: nobody wants the rest. */
export class Undelivered {
  readonly cause: unknown

  constructor(cause: unknown) {
    this.cause = cause
  }
}

/** What a stream gave in all. */
export interface Streamed {
  /** Documents that were not delivered as parts. */
  readonly docs: DocumentArray
  /** What the generator returned. */
  readonly returned: unknown
}

/** True for what a generator method gives back. */
export function isStream(result: unknown): result is EndpointStream {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return false
  return 'next' in result && (Symbol.asyncIterator in result || Symbol.iterator in result)
}

/**
 * Reads a generator to its end. A caller who asked for parts gets each, and the next is asked for when it has been taken; for others
 * the documents are kept. However it ends, the generator's `finally` blocks have run.
 * @throws {Undelivered} where a part could not be delivered; what the generator throws
 */
export async function readStream(stream: EndpointStream, request: DataRequest, { emit }: Call): Promise<Streamed> {
  const kept = new DocumentArray()
  try {
    while (true) {
      const { done, value } = await stream.next()
      if (done) return { docs: kept, returned: value }
      const docs = documentsOf(value)
      if (emit) await emit(request.with({ docs })).catch(undelivered)
      // the generator may go on with the documents that it gave away
      else kept.push(...docs.clone())
    }
  } finally {
    await stream.return(undefined)
  }
}

function documentsOf(value: Yielded): DocumentArray {
  if (value instanceof DocumentArray) return value
  const documents: readonly unknown[] = [value].flat()
  if (documents.every((item) => item instanceof Document)) return new DocumentArray(documents as Document[])
  throw new TypeError('a generator yields a Document, or several')
}

function undelivered(cause: unknown): never {
  throw new Undelivered(cause)
}
