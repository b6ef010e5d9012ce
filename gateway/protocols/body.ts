import type { IncomingMessage } from 'node:http'
import type { Duplex, Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { Hold } from './byte-budget.ts'
import { HttpError } from './http-error.ts'

const decoders: Record<string, () => Duplex> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

/** A body as it comes, decompressed. */
export interface OpenBody {
  readonly stream: Readable
  /** How long it is, where that was said. Unit: bytes. */
  readonly length: number | undefined
  /** Lets go of it, read to its end or not. */
  close(): void
}

/**
 * @throws {HttpError} 413 for a body that says it is too large, 415 for an unknown Content-Encoding
 */
export function openBody(request: IncomingMessage, maxBytes: number): OpenBody {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding === 'identity') {
    const said = request.headers['content-length']
    const length = said === undefined ? undefined : Number(said)
    if ((length ?? 0) > maxBytes) throw tooLarge(maxBytes)
    return { stream: request, length, close() {} }
  }
  const decoder = Object.hasOwn(decoders, encoding) ? decoders[encoding]?.() : undefined
  if (!decoder) {
    const known = Object.keys(decoders).join(', ')
    throw new HttpError(415, `Content-Encoding "${encoding}" is not one of ${known}`, { 'accept-encoding': known })
  }
  request.pipe(decoder)
  // a pipe does not pass on that its source broke off
  const broken = () => request.readableEnded || decoder.destroy()
  request.once('close', broken)
  return {
    stream: decoder,
    length: undefined,
    close() {
      request.off('close', broken).unpipe(decoder)
      decoder.destroy()
    },
  }
}

/**
 * The whole body, decompressed; at most `maxBytes` of it are ever held, and `hold` counts them as they come.
 * @throws {HttpError} 413 for a body that is too large, 415 for an unknown Content-Encoding, 400 for one that does not decompress
 */
export async function readBody(request: IncomingMessage, maxBytes: number, hold: Hold): Promise<Buffer> {
  if (request.readableEnded) return bodyRead(request)
  const { stream, close } = openBody(request, maxBytes)
  return collect(stream, maxBytes, hold).finally(close)
}

/** What a parser of the user's made of the body, which it has read before us. */
function bodyRead(request: IncomingMessage & { body?: unknown }): Buffer {
  const { body } = request
  if (body === undefined) return Buffer.alloc(0)
  return Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

function collect(stream: Readable, maxBytes: number, hold: Hold): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length
      hold.add(chunk.length)
      if (length > maxBytes) {
        stream.removeAllListeners('data')
        reject(tooLarge(maxBytes))
      } else {
        chunks.push(chunk)
      }
    })
    stream.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
    stream.on('error', (error) => reject(new HttpError(400, `the body could not be read: ${error.message}`)))
    stream.on('close', () => {
      if (!stream.readableEnded) reject(new HttpError(400, 'the body ended early'))
    })
  })
}

/** Refuses a body of which more comes than is taken. */
export function tooLarge(maxBytes: number): HttpError {
  // the rest of the body is not read, so the connection cannot be used again
  return new HttpError(413, `the body is larger than ${maxBytes} bytes (maxMessageBytes)`, { connection: 'close' })
}
