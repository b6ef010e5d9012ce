import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { api, Executor, FileData, FlowError, file } from '../../../index.ts'

/** What ../shared/interop/bento/services/reference_service.py does, as Sluice says it. */
export class Reference extends Executor {
  @api({ input: { text: z.string() }, output: z.string(), description: 'Return the first 20 characters of text.' })
  summarize({ text }: { text: string }) {
    return [...text].slice(0, 20).join('')
  }

  @api({ input: { a: z.int(), b: z.int().default(0) }, output: z.int(), description: 'Add two integers.' })
  async add({ a, b }: { a: number; b: number }) {
    return a + b
  }

  @api({ batchable: true, input: { texts: z.array(z.string()) }, output: z.array(z.array(z.number())) })
  embed({ texts }: { texts: string[] }) {
    return texts.map((text) => [...createHash('sha256').update(text).digest().subarray(0, 8)].map((byte) => byte / 255))
  }

  @api({ stream: true, name: 'stream_count', input: { n: z.int() }, output: z.string() })
  async *streamCount({ n }: { n: number }) {
    for (let i = 0; i < n; i++) {
      yield `${i}\n`
      await sleep(20)
    }
  }

  @api({ input: { file: file() } })
  upload({ file: { name, bytes, size } }: { file: FileData }) {
    return { name, size, sha256: createHash('sha256').update(bytes).digest('hex') }
  }

  @api({ input: { kind: z.string().default('bad') }, output: z.string() })
  fail({ kind }: { kind: string }): string {
    if (kind === 'bad') throw new FlowError('INVALID_ARGUMENT', 'bad value: 42')
    if (kind === 'teapot') throw new FlowError('FAILED_PRECONDITION', 'short and stout', { httpStatus: 418 })
    if (kind === 'auth') throw new FlowError('UNAUTHENTICATED', 'no entry')
    if (kind === 'internal') throw new FlowError('INTERNAL', 'secret detail')
    throw new Error('boom secret')
  }

  @api({ task: true, input: { n: z.int() } })
  async render({ n }: { n: number }) {
    await sleep(Math.min(n, 50) * 100)
    if (n < 0) throw new FlowError('INVALID_ARGUMENT', 'n must be >= 0')
    return { n, frames: Array.from({ length: n }, (_, i) => i) }
  }

  @api({ name: 'make_file', input: { text: z.string(), name: z.string().default('out.txt') }, output: file() })
  makeFile({ text, name }: { text: string; name: string }) {
    return new FileData(text, { name })
  }

  @api({ name: 'echo_root', route: '/v1/models/echo/predict', input: z.string(), output: z.string() })
  echoRoot(text: string) {
    return text
  }

  @api({ input: { x: z.int().default(1) }, output: z.int(), description: 'Its name is one of a method of clients.' })
  request({ x }: { x: number }) {
    return x
  }
}
