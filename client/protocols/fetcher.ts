import { FlowError } from '../../proto/index.ts'
import { messageTooLarge } from './close-error.ts'
import { unreachable } from './unreachable.ts'

/** `fetch`, and the connections that it keeps. */
export interface Fetcher {
  fetch(url: string, init: RequestInit): Promise<Response>
  close(): Promise<void>
}

/** The header that tells the gateway how long a request may take. Unit: ms. */
export const TIMEOUT_HEADER = 'sluice-timeout-ms'

/**
 * The head of a reply.
 * @throws {FlowError} the signal's reason; UNAVAILABLE where nobody answers
 */
export async function request({ fetch }: Fetcher, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    throw failure(url, init, error)
  }
}

/**
 * The body of a reply as it comes. Who stops reading closes the connection.
 * @throws {FlowError} as {@link request}, where the connection breaks off
 */
export async function* chunksOf(response: Response, init: RequestInit): AsyncGenerator<Uint8Array, void> {
  const reader = response.body?.getReader()
  if (!reader) return
  try {
    while (true) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } catch (error) {
    throw failure(response.url, init, error)
  } finally {
    // of a body that was read to its end, there is nothing left to cancel
    await reader.cancel().catch(() => {})
  }
}

/**
 * The body of a reply as text.
 * @throws {FlowError} as {@link chunksOf}; RESOURCE_EXHAUSTED for a body of more than `maxBytes`
 */
export async function textOf(response: Response, init: RequestInit, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of limited(response, init, maxBytes)) text += decoder.decode(chunk, { stream: true })
  return text + decoder.decode()
}

/**
 * The body of a reply.
 * @throws {FlowError} as {@link textOf}
 */
export async function bytesOf(response: Response, init: RequestInit, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  for await (const chunk of limited(response, init, maxBytes)) chunks.push(chunk as Uint8Array<ArrayBuffer>)
  return chunks.length === 1 && chunks[0] ? chunks[0] : new Uint8Array(await new Blob(chunks).arrayBuffer())
}

async function* limited(response: Response, init: RequestInit, maxBytes: number): AsyncGenerator<Uint8Array, void> {
  let bytes = 0
  for await (const chunk of chunksOf(response, init)) {
    bytes += chunk.length
    if (bytes > maxBytes) throw messageTooLarge(response.url, maxBytes)
    yield chunk
  }
}

function failure(url: string, { signal }: RequestInit, error: unknown): FlowError {
  return signal?.aborted ? FlowError.from(signal.reason, 'CANCELLED') : unreachable(url, error)
}
