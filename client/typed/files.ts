import { FileData, FlowError, guessMimeType } from '../../proto/index.ts'
import type { Files } from '../platform/files.ts'
import { chunksOf, type Fetcher, request } from '../protocols/fetcher.ts'
import { codeOfStatus } from '../protocols/http-status.ts'
import { iterated } from './streams.ts'

/**
 * A file to be sent: its path (Node), a URL that is fetched here, a `Blob`, bytes, a stream of Node's or of the web; {@link NamedFile}
 * says how one is called that has no name.
 */
export type FileInput = FileContent | NamedFile

type FileContent =
  | string
  | URL
  | Blob
  | FileData
  | Uint8Array
  | ArrayBuffer
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>

/** A file and what it is. */
export interface NamedFile {
  readonly content: FileContent
  /** @default the file's own */
  readonly name?: string
  /** MIME type. @default the file's own, or what the name's suffix says */
  readonly type?: string
}

/** A file that can be read: bytes that are at hand, or a stream that can be read once. */
export interface OpenFile {
  readonly name: string
  readonly type: string
  readonly content: Blob | AsyncIterable<Uint8Array>
}

/** Where files come from. */
export interface FileSource {
  files(): Promise<Files>
  /** For URLs: it knows nothing of the service, and gets none of its headers. */
  fetcher(): Promise<Fetcher>
  readonly signal: AbortSignal
}

export function isFile(value: unknown): value is FileInput {
  return typeof value === 'string' || isContent(value) || isNamed(value)
}

/**
 * @param where - the argument that it is for
 * @throws {FlowError} NOT_FOUND for a path where no file is, UNAVAILABLE for a URL that does not answer, INVALID_ARGUMENT for one that has no file
 */
export async function openFile(file: FileInput, where: string, source: FileSource): Promise<OpenFile> {
  const { content, name, type } = isNamed(file) ? file : { content: file, name: undefined, type: undefined }
  const opened = await openContent(content, where, source)
  const called = name ?? opened.name
  return {
    content: opened.content,
    name: called,
    type: type ?? (opened.type || guessMimeType(called) || 'application/octet-stream'),
  }
}

async function openContent(content: FileContent, where: string, source: FileSource): Promise<OpenFile> {
  if (content instanceof Blob) return { name: nameOf(content), type: content.type, content }
  if (content instanceof FileData) return { name: content.name, type: content.type, content: blobOf(content.bytes) }
  if (content instanceof Uint8Array || content instanceof ArrayBuffer) {
    return { name: '', type: '', content: blobOf(content) }
  }
  if (typeof content === 'string' || content instanceof URL) return openAddress(String(content), where, source)
  return { name: nameOf(content), type: '', content: iterated(content) }
}

async function openAddress(address: string, where: string, source: FileSource): Promise<OpenFile> {
  if (/^(https?|data|blob):/i.test(address)) return download(address, where, source)
  try {
    const content = await (await source.files()).open(address)
    return { name: baseName(address), type: '', content }
  } catch (error) {
    const known = FlowError.from(error)
    const issues = [{ type: 'path', loc: [where], msg: known.reason }]
    throw new FlowError(known.code, `argument ${where}: ${known.reason}`, { issues, cause: error })
  }
}

async function download(url: string, where: string, { fetcher, signal }: FileSource): Promise<OpenFile> {
  const init = { signal }
  const response = await request(await fetcher(), url, init)
  if (!response.ok) {
    await response.body?.cancel()
    const code = response.status < 500 ? 'INVALID_ARGUMENT' : (codeOfStatus(response.status) ?? 'UNAVAILABLE')
    const msg = `${url} gives no file: it answered ${response.status}`
    throw new FlowError(code, `argument ${where}: ${msg}`, { issues: [{ type: 'url', loc: [where], msg }] })
  }
  const type = response.headers.get('content-type') ?? ''
  const named = /^https?:/i.test(url) ? baseName(decoded(new URL(url).pathname)) : ''
  return { name: named, type, content: chunksOf(response, init) }
}

function isContent(value: unknown): value is Exclude<FileContent, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  if (value instanceof Blob || value instanceof FileData || value instanceof URL) return true
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) return true
  return Symbol.asyncIterator in value || typeof (value as ReadableStream).getReader === 'function'
}

function isNamed(value: unknown): value is NamedFile {
  if (typeof value !== 'object' || value === null || isContent(value)) return false
  const { content } = value as NamedFile
  return typeof content === 'string' || isContent(content)
}

// a stream of a file of Node's knows its path
function nameOf(content: object): string {
  const { name, path } = content as { name?: unknown; path?: unknown }
  return typeof name === 'string' ? name : typeof path === 'string' ? baseName(path) : ''
}

function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function blobOf(bytes: Uint8Array | ArrayBuffer): Blob {
  return new Blob([bytes as Uint8Array<ArrayBuffer>])
}
