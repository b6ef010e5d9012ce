import type { IncomingMessage } from 'node:http'
import { type DocumentArray, jsonValue, textValue } from '../../../proto/index.ts'
import { readBody } from '../body.ts'
import type { Hold } from '../byte-budget.ts'
import { HttpError } from '../http-error.ts'
import type { TypedRoute } from './routes.ts'

/** What reading a body needs beside it. */
export interface Reading {
  readonly maxMessageBytes: number
  readonly hold: Hold
}

const PICKLE = 'application/vnd.bentoml+pickle'

/**
 * The arguments that a body gives. JSON is passed on as it came: the executor reads it.
 * @throws {HttpError} for a body that cannot be read
 */
export async function readArguments(
  { api }: TypedRoute,
  request: IncomingMessage,
  { maxMessageBytes, hold }: Reading,
): Promise<DocumentArray> {
  const type = mimeType(request)
  if (type === PICKLE) throw new HttpError(415, `${PICKLE} is not allowed`)
  const body = await readBody(request, maxMessageBytes, hold)
  if (api.root && api.input.type === 'string' && !isJson(type)) return textValue(body.toString())
  if (body.length === 0) return jsonValue(api.root ? 'null' : '{}')
  return jsonValue(body.toString())
}

function mimeType({ headers }: IncomingMessage): string {
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? ''
}

function isJson(type: string): boolean {
  return /^application\/(json|[\w.-]+\+json)$/.test(type)
}
