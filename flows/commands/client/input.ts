import { stat } from 'node:fs/promises'
import { glob, isDynamicPattern } from 'tinyglobby'
import { Document, FlowError } from '../../../client/index.ts'
import { documentsOf, type Format, parsed } from './formats.ts'

export { formats } from './formats.ts'

/** Where the documents of a command come from. */
export interface SourceOptions {
  text?: string[]
  json?: string[]
  file?: string[]
  format?: Format
}

/** Documents as they are read, and how far that has come. */
export interface Input {
  /** None: the endpoint runs without documents. */
  readonly docs: AsyncIterable<Document> | undefined
  readonly sent: {
    /** Given to the client. */
    documents: number
    /** How many there are, where that is known before. */
    known?: number
    /** Nothing more comes. */
    all: boolean
  }
  readonly bytes: { read: number; total: number | undefined }
}

/** @throws {FlowError} NOT_FOUND where there is no such file, INVALID_ARGUMENT for what is no document */
export async function openInput({ text, json, file, format }: SourceOptions): Promise<Input> {
  if (text) return given(text.map((one) => new Document(one)))
  if (json) return given(json.map((one) => parsed(one, one)))
  if (file !== undefined) return ofFiles(await filesOf(file), format)
  if (process.stdin.isTTY) return { ...given([]), docs: undefined }
  return ofFiles(['-'], format)
}

function given(docs: readonly Document[]): Input {
  const sent = { documents: 0, known: docs.length, all: false }
  return { docs: counted(docs, sent), sent, bytes: { read: 0, total: undefined } }
}

async function ofFiles(files: readonly string[], format: Format | undefined): Promise<Input> {
  const sent = { documents: 0, all: false }
  const sizes = files.includes('-') ? [] : await Promise.all(files.map(async (file) => (await stat(file)).size))
  const bytes = { read: 0, total: files.includes('-') ? undefined : sizes.reduce((sum, size) => sum + size, 0) }
  const read = (count: number) => {
    bytes.read += count
  }
  async function* all() {
    for (const file of files) yield* documentsOf(file, format, read)
  }
  return { docs: counted(all(), sent), sent, bytes }
}

async function* counted(docs: Iterable<Document> | AsyncIterable<Document>, sent: Input['sent']) {
  for await (const doc of docs) {
    sent.documents++
    yield doc
  }
  sent.all = true
}

/** The files of all patterns, each once. */
async function filesOf(patterns: readonly string[]): Promise<string[]> {
  const found = new Set<string>()
  for (const pattern of patterns) {
    const files = pattern !== '-' && (await isPattern(pattern)) ? (await glob(pattern)).sort() : [pattern]
    if (files.length === 0) throw new FlowError('NOT_FOUND', `no documents at ${pattern}: it matches no file`)
    for (const file of files) {
      if (file !== '-') await checkFile(file)
      found.add(file)
    }
  }
  return [...found]
}

// a file may have brackets in its name
async function isPattern(text: string): Promise<boolean> {
  return isDynamicPattern(text) && !(await stat(text).catch(() => undefined))
}

async function checkFile(file: string): Promise<void> {
  const found = await stat(file).catch((error: unknown) => {
    throw new FlowError('NOT_FOUND', `no documents at ${file}: ${FlowError.from(error).reason}`, { cause: error })
  })
  if (!found.isDirectory()) return
  throw new FlowError('INVALID_ARGUMENT', `${file} is a folder`, { hint: `Say which of its files: '${file}/**/*'` })
}
