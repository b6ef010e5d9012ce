import type { IncomingMessage } from 'node:http'
import { parse as parseDisposition } from 'content-disposition'
import { type DocumentArray, encodeValue, FileData, jsonValue, textValue } from '../../../proto/index.ts'
import { readBody } from '../body.ts'
import type { Hold } from '../byte-budget.ts'
import { HttpError } from '../http-error.ts'
import { type Form, formArguments, readValue, takesFiles, withFiles } from './fields.ts'
import { readMultipart } from './multipart.ts'
import type { TypedRoute } from './routes.ts'
import type { FileUrls } from './urls.ts'

/** What reading a body needs beside it. */
export interface Reading {
  readonly maxMessageBytes: number
  readonly hold: Hold
  readonly urls: FileUrls
}

const PICKLE = 'application/vnd.bentoml+pickle'

/**
 * The arguments that a body gives. JSON is passed on as it came: the executor reads it.
 * @throws {HttpError} for a body that cannot be read
 */
export async function readArguments(
  route: TypedRoute,
  request: IncomingMessage,
  { maxMessageBytes, hold, urls }: Reading,
): Promise<DocumentArray> {
  const type = mimeType(request)
  if (type === PICKLE) throw new HttpError(415, `${PICKLE} is not allowed`)
  if (type === 'multipart/form-data') return fromForm(await readMultipart(request, maxMessageBytes, hold), route, urls)
  const body = await readBody(request, maxMessageBytes, hold)
  if (type === 'application/x-www-form-urlencoded' && !route.api.root) {
    return fromForm([...new URLSearchParams(body.toString())], route, urls)
  }
  return route.api.root ? fromRoot(body, type, route, request) : fromJson(body, route, urls)
}

async function fromForm(form: Form, { api, flat }: TypedRoute, urls: FileUrls): Promise<DocumentArray> {
  if (!api.root) return encodeValue(await formArguments(form, flat, urls))
  const [[name, value] = ['', 'null'] as const] = form
  return encodeValue(await readValue(value, flat, name, urls))
}

function fromRoot(body: Buffer, type: string, { flat }: TypedRoute, request: IncomingMessage): DocumentArray {
  if (flat.type === 'file') return encodeValue(new FileData(body, { name: nameOf(request), ...(type && { type }) }))
  if (flat.format === 'binary') return encodeValue(body)
  // whatever it is called: a body of JSON is a text too
  if (flat.type === 'string') return textValue(body.toString())
  return jsonValue(body.length === 0 ? 'null' : body.toString())
}

async function fromJson(body: Buffer, { flat }: TypedRoute, urls: FileUrls): Promise<DocumentArray> {
  const json = body.length === 0 ? '{}' : body.toString()
  if (!takesFiles(flat)) return jsonValue(json)
  const args = parsed(json)
  return args === undefined ? jsonValue(json) : encodeValue(await withFiles(args, flat, urls))
}

// what is no JSON, the executor says so
function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function nameOf({ headers }: IncomingMessage): string {
  try {
    return parseDisposition(headers['content-disposition'] ?? '').parameters.filename ?? ''
  } catch {
    return ''
  }
}

function mimeType({ headers }: IncomingMessage): string {
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? ''
}
