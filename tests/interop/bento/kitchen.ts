import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import {
  type ApiContext,
  api,
  bytes,
  Executor,
  FileData,
  FlowError,
  file,
  ImageFile,
  image,
  NdArray,
  ndarray,
  root,
  table,
} from '../../../index.ts'

const params = z.object({
  prompt: z.string(),
  scale: z.number().default(0.5),
  steps: z.int().min(1).nullable().default(null),
  tags: z.array(z.string()).default([]),
})
type Params = z.output<typeof params>

const errors: Readonly<Record<string, () => Error>> = {
  invalid: () => new FlowError('INVALID_ARGUMENT', 'bad arg 42'),
  notfound: () => new FlowError('NOT_FOUND', 'no such thing'),
  teapot: () => new FlowError('FAILED_PRECONDITION', 'short and stout', { httpStatus: 418 }),
  429: () => new FlowError('RESOURCE_EXHAUSTED', 'slow down'),
  401: () => new FlowError('UNAUTHENTICATED', 'who'),
  403: () => new FlowError('PERMISSION_DENIED', 'no'),
  422: () => new FlowError('INVALID_ARGUMENT', 'unproc', { httpStatus: 422 }),
  500: () => new FlowError('INTERNAL', 'hidden'),
  503: () => new FlowError('UNAVAILABLE', 'hidden503'),
  value: () => new RangeError('hidden value'),
}

function refuse(why: string): string {
  throw new FlowError('INVALID_ARGUMENT', why)
}

export const did: string[] = []

/** The endpoints of ../shared/interop/bento/services/kitchen.py that recordings ask for, as Sluice says them. */
export class Kitchen extends Executor {
  @api({ name: 'sync_ep', input: { text: z.string() }, output: z.string(), description: 'Sync endpoint doc.' })
  sync({ text }: { text: string }) {
    return `sync:${text}`
  }

  @api({
    name: 'async_ep',
    input: {
      a: z.int(),
      b: z.number().default(1.5),
      flag: z.boolean().default(true),
      opt: z.string().nullable().default(null),
    },
  })
  async async(args: { a: number; b: number; flag: boolean; opt: string | null }) {
    return args
  }

  @api({ input: { params }, output: params })
  async obj(args: { params: Params }) {
    return args.params
  }

  @api({ name: 'root_model', input: root(params), output: params })
  async rootModel(given: Params) {
    return given
  }

  @api({ name: 'root_text', input: z.string(), output: z.string() })
  async rootText(text: string) {
    return text.toUpperCase()
  }

  @api()
  async nothing() {}

  @api({ input: { arr: ndarray() }, output: ndarray() })
  async nd({ arr }: { arr: NdArray }) {
    return NdArray.from(
      Array.from(arr.data as ArrayLike<number>, (value) => 2 * Number(value)),
      { shape: arr.shape },
    )
  }

  @api({ name: 'nd_typed', input: { arr: ndarray({ dtype: 'float32', shape: [2, 2] }) }, output: ndarray() })
  async ndTyped({ arr }: { arr: NdArray }) {
    const [a = 0, b = 0, c = 0, d = 0] = arr.data as Float32Array
    return [a + c, b + d]
  }

  @api({ input: { frame: table() }, output: table() })
  async df({ frame }: { frame: Record<string, unknown>[] }) {
    const names = Object.keys(frame[0] ?? {})
    const columns = names.map((name) => describe(frame.map((row) => Number(row[name]))))
    return Array.from({ length: 8 }, (_, row) => Object.fromEntries(names.map((name, i) => [name, columns[i]?.[row]])))
  }

  @api({ name: 'df_cols', input: { frame: table({ orient: 'columns', columns: ['a', 'b'] }) }, output: z.int() })
  async dfCols({ frame }: { frame: Record<string, unknown[] | Record<string, unknown>> }) {
    return Object.values(frame.a ?? []).length
  }

  @api({ name: 'raw_bytes', input: { n: z.int() }, output: bytes() })
  async rawBytes({ n }: { n: number }) {
    return new Uint8Array(2 * n).map((_, i) => (i % 2 === 0 ? 0 : 255))
  }

  @api({ input: { file: file(), note: z.string().default('x'), opts: params.nullable().default(null) } })
  upload(args: { file: FileData; note: string; opts: Params | null }) {
    const { name, size } = args.file
    return { name, size, note: args.note, opts: args.opts }
  }

  @api({ name: 'upload_many', input: { files: z.array(file()) } })
  uploadMany({ files }: { files: FileData[] }) {
    return files.map(({ name, size }) => `${name}:${size}`)
  }

  @api({ name: 'upload_root', input: file({ contentType: 'audio/*' }), output: z.int() })
  uploadRoot({ size }: FileData) {
    return size
  }

  @api({ input: { image: image(), size: z.int().default(4) }, output: image() })
  thumb({ size, ...args }: { image: ImageFile; size: number }) {
    const { width, height, data } = args.image.pixels()
    const pixels = new Uint8Array(4 * size * size)
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const from = 4 * (Math.floor((y * height) / size) * width + Math.floor((x * width) / size))
        pixels.set(data.subarray(from, from + 4), 4 * (y * size + x))
      }
    }
    return ImageFile.png({ width: size, height: size, data: pixels })
  }

  @api({ name: 'file_out', input: { kind: z.string().default('txt') }, output: file() })
  fileOut({ kind }: { kind: string }) {
    if (kind === 'png') return ImageFile.png({ width: 2, height: 2, data: new Uint8Array(16) }, 'o.png')
    return new FileData('hello file', { name: `o.${kind}` })
  }

  @api({ name: 'audio_out', output: file(), contentType: 'audio/mp3' })
  audioOut() {
    return new FileData(new Uint8Array([1, 2]), { name: 'a.bin' })
  }

  @api({ name: 'stream_text', stream: true, input: { n: z.int() }, output: z.string() })
  async *streamText({ n }: { n: number }) {
    for (let i = 0; i < n; i++) {
      yield `tok${i} `
      await sleep(50)
    }
  }

  @api({ name: 'stream_sync', stream: true, input: { n: z.int() }, output: z.string() })
  *streamSync({ n }: { n: number }) {
    for (let i = 0; i < n; i++) yield `s${i}\n`
  }

  @api({ name: 'stream_json', stream: true, input: { n: z.int() }, output: params })
  async *streamJson({ n }: { n: number }) {
    for (let i = 0; i < n; i++) yield { prompt: String(i) }
  }

  @api({
    name: 'stream_typed',
    stream: true,
    contentType: 'text/event-stream',
    input: { n: z.int() },
    output: z.string(),
  })
  async *streamTyped({ n }: { n: number }) {
    for (let i = 0; i < n; i++) yield `event: message\ndata: ${i}\n\n`
  }

  @api({ name: 'stream_fail_first', stream: true, output: z.string() })
  async *streamFailFirst(): AsyncGenerator<string, void, undefined> {
    yield refuse('before first')
  }

  @api({ name: 'stream_fail_mid', stream: true, output: z.string() })
  async *streamFailMid() {
    yield 'a'
    await sleep(50)
    throw new FlowError('INVALID_ARGUMENT', 'mid')
  }

  @api({ name: 'stream_sync_fail_first', stream: true, output: z.string() })
  *streamSyncFailFirst(): Generator<string, void, undefined> {
    yield refuse('before first')
  }

  @api({ name: 'any_name', route: '/v1/models/iris/predict', input: { x: z.int() }, output: z.int() })
  async anyName({ x }: { x: number }) {
    return x + 1
  }

  @api({ input: { kind: z.string() }, output: z.string() })
  async err({ kind }: { kind: string }): Promise<string> {
    throw errors[kind]?.() ?? new Error(kind)
  }

  @api({ input: { s: z.number() }, output: z.string() })
  async slow({ s }: { s: number }, { signal }: ApiContext) {
    await sleep(s * 1000, undefined, { signal })
    return 'done'
  }

  @api({ name: 'ctx_ep', input: { x: z.int() }, output: z.string() })
  ctx({ x }: { x: number }, { response, metadata }: ApiContext) {
    response.status = 202
    response.headers.set('X-Custom', 'yes')
    response.setCookie('c', 'v')
    return `${x}:${metadata.get('x-in') ?? '-'}`
  }

  @api({ name: 'is_ready', input: { x: z.int().default(1) }, output: z.int() })
  isReady({ x }: { x: number }) {
    return x
  }

  @api({ task: true, input: { n: z.int() } })
  async job({ n }: { n: number }) {
    if (n < 0) throw new FlowError('INVALID_ARGUMENT', 'negative')
    // three times as slow as there, so that what is asked meanwhile comes in time on a slow machine
    await sleep(300 * n)
    return { n }
  }

  @api({ name: 'job_file', task: true, input: { text: z.string() }, output: file() })
  jobFile({ text }: { text: string }) {
    return new FileData(text, { name: 'r.txt' })
  }

  @api({ output: z.string() })
  async bg(_: object, { background }: ApiContext) {
    for (const n of [1, 2, 3]) {
      background.add(async () => {
        await sleep(20)
        this.did.push(`bg ${n}`)
        if (n === 2) throw new Error('bg 2 fails')
      })
    }
    return 'queued'
  }

  /** What was done in the background. */
  get did(): string[] {
    return did
  }
}

/** What pandas tells of a column: how many, mean, deviation, least, quartiles, most. */
function describe(values: number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
  const quantile = (q: number) => {
    const at = q * (sorted.length - 1)
    const [low = 0, high = low] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]]
    return low + (high - low) * (at - Math.floor(at))
  }
  return [values.length, mean, deviation, ...[0, 0.25, 0.5, 0.75, 1].map(quantile)]
}
