import { FileData, type JsonSchema, NdArray, objectOf, toBase64 } from '../../proto/index.ts'
import type { Endpoint } from './endpoint.ts'
import { type FileInput, type FileSource, type OpenFile, openFile } from './files.ts'
import { contentDisposition, formOf } from './form.ts'

/** A call as it goes out. */
export interface Outgoing {
  readonly headers: Readonly<Record<string, string>>
  /** What `fetch` gets; a body of streams can be sent once. */
  body(): Promise<Pick<RequestInit, 'body'>>
  /** False for a body that can be sent once. */
  readonly replayable: boolean
}

/** Arguments as a body: a form where one of them is a file, else JSON; the one value of a root endpoint as it is. */
export async function outgoing(endpoint: Endpoint, given: unknown, source: FileSource): Promise<Outgoing> {
  if (endpoint.root) return rootBody(endpoint.input, given, source)
  const args = given as Record<string, unknown>
  const properties = objectOf(endpoint.input.properties)
  const named = Object.entries(args)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, listed(value, objectOf(properties[name]))] as const)
  const fileNames = named.map(([name]) => name).filter((name) => holdsFiles(objectOf(properties[name])))
  if (fileNames.length === 0) return jsonBody(Object.fromEntries(named))
  const parts = await Promise.all(
    named.map(async ([name, value]) => {
      if (!fileNames.includes(name)) return [{ name, value: json(value) }]
      const files = (Array.isArray(value) ? value : [value]) as (FileInput | null)[]
      if (Array.isArray(value) && files.length === 0) return [{ name, value: '[]' }]
      const opened = files.filter((file) => file !== null).map((file) => openFile(file, name, source))
      return (await Promise.all(opened)).map((file) => ({ name, file }))
    }),
  )
  return formOf(parts.flat(), source)
}

async function rootBody(input: JsonSchema, given: unknown, source: FileSource): Promise<Outgoing> {
  if (input.type === 'file' && given !== null)
    return fileBody(await openFile(given as FileInput, input.title ? String(input.title) : 'file', source), source)
  if (given instanceof Uint8Array && input.type === 'string') return plainBody(given, 'application/octet-stream')
  if (input.type === 'string' && typeof given === 'string') return plainBody(given, 'text/plain; charset=utf-8')
  return jsonBody(listed(given, input))
}

async function fileBody({ content, type, name }: OpenFile, { files }: FileSource): Promise<Outgoing> {
  const headers = { 'content-type': type, ...(name && { 'content-disposition': contentDisposition(name) }) }
  if (content instanceof Blob) return { headers, replayable: true, body: async () => ({ body: content }) }
  return { headers, replayable: false, body: async () => (await files()).body(content) }
}

function jsonBody(value: unknown): Outgoing {
  return plainBody(json(value), 'application/json')
}

function plainBody(body: string | Uint8Array, type: string): Outgoing {
  const sent = { body: body as string | Uint8Array<ArrayBuffer> }
  return { headers: { 'content-type': type }, replayable: true, body: async () => sent }
}

function holdsFiles({ type, items }: JsonSchema): boolean {
  return type === 'file' || (type === 'array' && objectOf(items).type === 'file')
}

/** Bytes are numbers where a list of them is wanted, or a tensor. */
function listed(value: unknown, { type }: JsonSchema): unknown {
  return value instanceof Uint8Array && (type === 'tensor' || type === 'array') ? NdArray.from(value) : value
}

function json(value: unknown): string {
  return JSON.stringify(value, sayable) ?? 'null'
}

// what JSON has no word for: tensors are nested lists, bytes base64
function sayable(this: Record<string, unknown>, key: string, shown: unknown): unknown {
  const value = this[key]
  if (value instanceof NdArray) return value.toNested()
  if (value instanceof FileData) return toBase64(value.bytes)
  if (value instanceof ArrayBuffer) return toBase64(new Uint8Array(value))
  if (value instanceof Uint8Array) return toBase64(value)
  if (ArrayBuffer.isView(value)) return NdArray.from(value as Float32Array).toNested()
  return typeof value === 'bigint' ? Number(value) : shown
}
