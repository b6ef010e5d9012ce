import { FlowError, fromBase64 } from '../../proto/index.ts'
import { chunksOf } from '../protocols/fetcher.ts'
import { linesOf } from '../protocols/lines.ts'
import type { Endpoint } from './endpoint.ts'
import { JsonTexts } from './json-texts.ts'
import { refusalIn, requestIdOf } from './refusal.ts'
import { valueFrom } from './result.ts'

/** What a stream is asked for as: lines tell items and an error apart. Who does not know them, as BentoML, sends its items as they are. */
export const NDJSON = 'application/x-ndjson'

/**
 * The items of a streamed answer, as they come.
 * @throws {FlowError} what the endpoint failed with on its way; UNAVAILABLE where the connection breaks off
 */
export async function* itemsOf(
  endpoint: Endpoint,
  response: Response,
  init: RequestInit,
  maxBytes: number,
): AsyncGenerator<unknown, void> {
  const { output, name } = endpoint
  const type = response.headers.get('content-type') ?? ''
  if (type.startsWith(NDJSON)) yield* lineItems(endpoint, response, init, maxBytes)
  else if (output.type === 'string' && output.format === 'binary') yield* chunksOf(response, init)
  else if (output.type === 'string') yield* texts(response, init)
  else {
    const values = new JsonTexts(maxBytes)
    for await (const text of texts(response, init))
      for (const one of values.feed(text)) yield valueFrom(one, output, name)
    for (const one of values.end()) yield valueFrom(one, output, name)
  }
}

/** An error is a last line, after which the connection breaks off; the same line with others after it is an item. */
async function* lineItems(
  { output, name }: Endpoint,
  response: Response,
  init: RequestInit,
  maxBytes: number,
): AsyncGenerator<unknown, void> {
  const itemOf = (line: string) => {
    const value = valueFrom(line, output, name)
    return output.type === 'string' && output.format === 'binary' ? fromBase64(String(value)) : value
  }
  let held: { readonly line: string; readonly error: FlowError } | undefined
  try {
    for await (const line of linesOf(chunksOf(response, init), response.url, maxBytes)) {
      // a heartbeat
      if (line.trim() === '') continue
      if (held) yield itemOf(held.line)
      const error = line.includes('"error"') ? refusalIn(line, requestIdOf(response)) : undefined
      held = error && { line, error }
      if (!held) yield itemOf(line)
    }
  } catch (error) {
    throw held && !init.signal?.aborted ? held.error : error
  }
  if (held) yield itemOf(held.line)
}

// a character may come in two chunks
async function* texts(response: Response, init: RequestInit): AsyncGenerator<string, void> {
  const decoder = new TextDecoder()
  for await (const chunk of chunksOf(response, init)) {
    const text = decoder.decode(chunk, { stream: true })
    if (text !== '') yield text
  }
  const rest = decoder.decode()
  if (rest !== '') throw new FlowError('INTERNAL', `${response.url} ended inside a character`)
}
