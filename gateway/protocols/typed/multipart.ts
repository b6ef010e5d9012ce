import type { IncomingMessage } from 'node:http'
import { Busboy, type BusboyFileStream, type BusboyHeaders } from '@fastify/busboy'
import { FileData, messageOf } from '../../../proto/index.ts'
import { openBody, tooLarge } from '../body.ts'
import type { Hold } from '../byte-budget.ts'
import { HttpError } from '../http-error.ts'
import { Collector } from './collector.ts'
import type { Form } from './fields.ts'

/** Parts of one form, at most. */
const maxParts = 10_000

/**
 * The parts of a multipart body as they come: each file in one buffer of its own.
 * @throws {HttpError} 413 for more than `maxBytes`, 400 for a body that is no form or ends early
 */
export async function readMultipart(request: IncomingMessage, maxBytes: number, hold: Hold): Promise<Form> {
  const { stream, length, close } = openBody(request, maxBytes)
  const form: [string, string | FileData][] = []
  let seen = 0
  let kept = 0
  try {
    const parser = parserOf(request.headers as BusboyHeaders, maxBytes)
    await new Promise<void>((resolve, reject) => {
      const broken = (error: unknown) => reject(notAForm(messageOf(error)))
      parser.on('field', (name, value) => void form.push([name, value]))
      parser.on('file', (name, file, filename, _encoding, type) => {
        const place = form.push([name, '']) - 1
        collect(file, length === undefined ? undefined : length - kept, (bytes) => {
          kept += bytes.length
          form[place] = [name, new FileData(bytes, { name: filename ?? '', ...(type && { type }) })]
        })
        file.on('error', broken)
      })
      parser.on('partsLimit', () => reject(notAForm(`it has more than ${maxParts} parts`)))
      parser.on('error', broken)
      parser.on('finish', resolve)
      stream.on('error', broken)
      stream.on('close', () => stream.readableEnded || broken('it ended early'))
      stream.on('data', (chunk: Buffer) => {
        seen += chunk.length
        hold.add(chunk.length)
        if (seen <= maxBytes) return
        stream.unpipe(parser).removeAllListeners('data')
        reject(tooLarge(maxBytes))
      })
      stream.pipe(parser)
    })
    return form
  } finally {
    close()
  }
}

function parserOf(headers: BusboyHeaders, maxBytes: number) {
  try {
    return new Busboy({ headers, limits: { fieldSize: maxBytes, parts: maxParts } })
  } catch (error) {
    throw notAForm(messageOf(error))
  }
}

function collect(file: BusboyFileStream, most: number | undefined, done: (bytes: Uint8Array) => void): void {
  const collector = new Collector(most)
  file.on('data', (chunk: Buffer) => collector.add(chunk))
  file.on('end', () => done(collector.end()))
}

function notAForm(what: string): HttpError {
  // what is left of the body is not read
  return new HttpError(400, `the multipart body cannot be read: ${what}`, { connection: 'close' })
}
