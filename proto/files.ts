import { readDocuments, writeDocuments } from './codec/documents.ts'
import { documentFromJson, documentsFromJson } from './codec/json.ts'
import { documentsText, documentText } from './codec/json-write.ts'
import { decoding, newWriter } from './codec/reader.ts'
import { DocumentArray } from './document-array.ts'
import { FlowError } from './flow-error.ts'

/** JSON list, one JSON document a line, or a `docarray.DocumentArrayProto`. */
export type FileFormat = 'json' | 'ndjson' | 'protobuf'

const extensions: Record<string, FileFormat> = {
  json: 'json',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  pb: 'protobuf',
  bin: 'protobuf',
}

/**
 * Writes documents to a file.
 * @param format - guessed from the extension: .json, .ndjson, .jsonl, .pb, .bin
 * @throws {FlowError} INVALID_ARGUMENT for an extension that says nothing
 */
export async function saveDocuments(
  documents: DocumentArray,
  file: string,
  format: FileFormat = formatOf(file),
): Promise<void> {
  await fileSystem().writeFile(file, encodeDocuments(documents, format))
}

/**
 * Reads documents from a file.
 * @throws {FlowError} INVALID_ARGUMENT for a file that is not of the format, with the line of a wrong NDJSON document
 */
export async function loadDocuments(file: string, format: FileFormat = formatOf(file)): Promise<DocumentArray> {
  return decodeDocuments(await fileSystem().readFile(file), format)
}

// asked of the process and not imported: bundles for browsers have no import of Node's in them
function fileSystem(): typeof import('node:fs/promises') {
  if (typeof process !== 'undefined' && process.getBuiltinModule) return process.getBuiltinModule('node:fs/promises')
  throw new FlowError('UNIMPLEMENTED', 'files are read and written in Node', {
    hint: 'Use encodeDocuments and decodeDocuments, which work with the content',
  })
}

/** Documents as the content of a file. */
export function encodeDocuments(documents: DocumentArray, format: FileFormat): string | Uint8Array {
  if (format === 'json') return documentsText(documents)
  if (format === 'ndjson') return documents.map((document) => `${documentText(document)}\n`).join('')
  return writeDocuments(documents, newWriter()).finish()
}

/** The content of a file as documents. @throws {FlowError} as {@link loadDocuments} */
export function decodeDocuments(content: Uint8Array, format: FileFormat): DocumentArray {
  if (format === 'protobuf') return decoding('DocumentArray', content, readDocuments)
  const text = decoding('text', content, (bytes) => new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  return format === 'json' ? documentsFromJson(text) : new DocumentArray(linesOf(text))
}

function* linesOf(text: string) {
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    try {
      yield documentFromJson(line)
    } catch (error) {
      throw new FlowError('INVALID_ARGUMENT', `line ${i + 1}: ${FlowError.from(error).reason}`, { cause: error })
    }
  }
}

function formatOf(file: string): FileFormat {
  const extension = /\.(\w+)$/.exec(file)?.[1]?.toLowerCase() ?? ''
  const format = Object.hasOwn(extensions, extension) ? extensions[extension] : undefined
  if (format) return format
  throw new FlowError('INVALID_ARGUMENT', `"${file}" does not say its format`, {
    hint: `Name it one of .${Object.keys(extensions).join(', .')}, or give the format`,
  })
}
