import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { parse as parseCsv } from 'csv-parse'
import mime from 'mime'
import { Document, type DocumentInit, FlowError } from '../../../client/index.ts'
import { documentFromJson } from '../../../proto/index.ts'

// Documents in files, by what the files are.

export const formats = ['ndjson', 'json', 'csv', 'tsv', 'text', 'blob'] as const

export type Format = (typeof formats)[number]

/** Told how many bytes were read. */
type Read = (bytes: number) => void

/**
 * @param file - a path; `-` is standard input
 * @param format - default: by the file's name, and NDJSON on standard input
 * @throws {FlowError} INVALID_ARGUMENT with file and line of what is no document
 */
export function documentsOf(file: string, format: Format | undefined, read: Read): AsyncGenerator<Document> {
  const what = format ?? (file === '-' ? 'ndjson' : formatOf(file))
  if (what === 'ndjson') return lines(file, read)
  if (what === 'csv' || what === 'tsv') return rows(file, what === 'csv' ? ',' : '\t', read)
  return what === 'json' ? list(file, read) : whole(file, what, read)
}

function formatOf(file: string): Format {
  if (/\.(ndjson|jsonl)$/i.test(file)) return 'ndjson'
  const [, named] = /\.(json|csv|tsv)$/i.exec(file) ?? []
  if (named) return named.toLowerCase() as Format
  return /^text\/|\/(xml|javascript|typescript|yaml)$/.test(mime.getType(file) ?? '') ? 'text' : 'blob'
}

async function* lines(file: string, read: Read): AsyncGenerator<Document> {
  let line = 0
  for await (const text of createInterface({ input: opened(file, read), crlfDelay: Number.POSITIVE_INFINITY })) {
    line++
    if (text.trim() !== '') yield parsed(text, `${nameOf(file)}:${line}`)
  }
}

async function* rows(file: string, delimiter: string, read: Read): AsyncGenerator<Document> {
  const parser = opened(file, read).pipe(
    parseCsv({ delimiter, columns: true, bom: true, skip_empty_lines: true, info: true, relax_quotes: true }),
  )
  try {
    for await (const { record, info } of parser) yield documentOfRow(record, `${nameOf(file)}:${info.lines}`)
  } catch (error) {
    if (FlowError.is(error)) throw error
    throw new FlowError('INVALID_ARGUMENT', `${nameOf(file)}: ${FlowError.from(error).reason}`, { cause: error })
  }
}

/** Columns that are the document's own; all others are tags, and numbers among them numbers. */
function documentOfRow({ id, text, uri, ...columns }: Record<string, string>, where: string): Document {
  const tags = Object.fromEntries(
    Object.entries(columns)
      .filter(([, cell]) => cell !== '')
      .map(([name, cell]) => [name, /^-?(0|[1-9]\d*)(\.\d+)?$/.test(cell) ? Number(cell) : cell]),
  )
  const init: DocumentInit = { ...(id && { id }), ...(text && { text }), ...(uri && { uri }), tags }
  try {
    return new Document(init)
  } catch (error) {
    throw new FlowError('INVALID_ARGUMENT', `${where} is no document: ${FlowError.from(error).reason}`)
  }
}

async function* list(file: string, read: Read): AsyncGenerator<Document> {
  const text = (await bytesOf(file, read)).toString()
  let values: unknown
  try {
    values = JSON.parse(text)
  } catch (error) {
    throw new FlowError('INVALID_ARGUMENT', `${nameOf(file)} is not JSON: ${FlowError.from(error).reason}`)
  }
  if (!Array.isArray(values)) yield parsed(text, nameOf(file))
  else for (const [i, value] of values.entries()) yield parsed(JSON.stringify(value), `${nameOf(file)}[${i}]`)
}

async function* whole(file: string, what: 'text' | 'blob', read: Read): AsyncGenerator<Document> {
  const bytes = await bytesOf(file, read)
  const mimeType = file === '-' ? undefined : (mime.getType(file) ?? undefined)
  const place = { ...(file !== '-' && { uri: file }), ...(mimeType && { mimeType }) }
  yield new Document(what === 'text' ? { ...place, text: bytes.toString() } : { ...place, blob: bytes })
}

async function bytesOf(file: string, read: Read): Promise<Buffer> {
  if (file !== '-') {
    const bytes = await readFile(file)
    read(bytes.length)
    return bytes
  }
  const chunks: Buffer[] = []
  for await (const chunk of opened(file, read)) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function opened(file: string, read: Read): Readable {
  const stream = file === '-' ? process.stdin : createReadStream(file)
  return stream.on('data', (chunk: string | Buffer) => read(chunk.length)).pause()
}

function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file
}

/** @param where - for who reads the mistake */
export function parsed(text: string, where: string): Document {
  try {
    return documentFromJson(text)
  } catch (error) {
    throw new FlowError('INVALID_ARGUMENT', `${where} is no document: ${FlowError.from(error).reason}`)
  }
}
