import { createReadStream, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FileData, type FlowError, NdArray } from '../../proto/index.ts'
import { connect, type FileInput, FileResult, type Service, type Submittable } from '../index.ts'

/** Two services with the endpoints of `../shared/interop/bento/services/reference_service.py` and `kitchen.py`, which stop a call after 2 s. */
export interface ServicesUnderTest {
  readonly name: string
  start(): Promise<{ reference: string; kitchen: string; close(): Promise<void> }>
  /** Titles of tests that cannot hold for them. */
  readonly skip?: readonly { reason: string; tests: readonly string[] }[]
  /** What holds where something else cannot. */
  readonly instead?: readonly {
    readonly reason: string
    readonly test: string
    run(urls: { reference: string; kitchen: string }): Promise<void>
  }[]
}

// biome-ignore lint/suspicious/noExplicitAny: each test says what comes
type Loose<Names extends string> = Readonly<Record<Names, Submittable<[args?: unknown], any>>>
type Reference = Loose<'add' | 'echo_root' | 'embed' | 'make_file' | 'render' | 'request' | 'summarize' | 'upload'>
type Kitchen = Loose<
  | 'ctx_ep'
  | 'any_name'
  | 'async_ep'
  | 'df'
  | 'df_cols'
  | 'file_out'
  | 'job'
  | 'nd'
  | 'nd_typed'
  | 'nothing'
  | 'obj'
  | 'raw_bytes'
  | 'root_model'
  | 'root_text'
  | 'thumb'
  | 'upload'
  | 'upload_many'
  | 'upload_root'
>

/** What the typed client does, whosever services it calls. */
export function testServices({ name, start, skip = [], instead = [] }: ServicesUnderTest): void {
  const skipped = new Set(skip.flatMap(({ tests }) => tests))
  const test = (title: string, run: () => Promise<void>) => {
    const other = instead.find((one) => one.test === title)
    if (other) it(`${title}: ${other.reason}`, () => other.run(services))
    else if (skipped.has(title)) it.skip(title, run)
    else it(title, run)
  }
  let services: Awaited<ReturnType<ServicesUnderTest['start']>>

  describe(`the typed client, and ${name}`, () => {
    let reference: Service<Reference>
    let kitchen: Service<Kitchen>
    let files: Server
    const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'))
    const path = join(folder, 'a.txt')
    beforeAll(async () => {
      writeFileSync(path, 'hello')
      files = createServer((_, response) => response.setHeader('content-type', 'text/plain').end('hello')).listen(0)
      services = await start()
      reference = await connect<Reference>(services.reference)
      kitchen = await connect<Kitchen>(services.kitchen)
    }, 120_000)
    afterAll(async () => {
      files?.close()
      await reference?.close()
      await kitchen?.close()
      await services?.close()
    })
    const refused = (call: PromiseLike<unknown>) =>
      Promise.resolve(call).then(
        (value) => expect.fail(`not refused: ${value}`),
        (error: FlowError) => error,
      )
    const gathered = async (items: AsyncIterable<unknown>) => {
      const all: unknown[] = []
      for await (const item of items) all.push(item)
      return all
    }

    test('has a method for each endpoint, with its arguments by their names', async () => {
      expect(await reference.summarize({ text: 'Your long text to summarize' })).toBe('Your long text to su')
      expect(await reference.add({ a: 1, b: 2 })).toBe(3)
      expect(await reference.add({ a: 1 })).toBe(1)
      expect(await reference.call('add', { a: 40, b: 2 })).toBe(42)
    })

    test('tells what is served', async () => {
      const { name, endpoints } = await reference.describe()
      expect([name, endpoints.get('render')?.task, endpoints.get('stream_count')?.stream]).toEqual([
        'reference',
        true,
        true,
      ])
    })

    test('connects when it is first used, where it was not awaited', async () => {
      await using service = connect<Reference>(services.reference)
      expect(await service.isReady()).toBe(true)
      expect(await service.add({ a: 1 })).toBe(1)
    })

    test('is used no more once it was closed', async () => {
      const service = await connect<Reference>(services.reference)
      await service.close()
      await service.close()
      expect(await service.isReady()).toBe(false)
      expect((await refused(service.call('add', { a: 1 }))).codeName).toBe('FAILED_PRECONDITION')
    })

    test('sends and gets JSON: lists, objects, null, numbers, booleans', async () => {
      expect(await reference.embed({ texts: ['a', 'b'] })).toHaveLength(2)
      expect(await kitchen.async_ep({ a: 1, flag: false, opt: null })).toEqual({
        a: 1,
        b: 1.5,
        flag: false,
        opt: null,
      })
      const params = { prompt: 'p', scale: 1, steps: 2, tags: ['x'] }
      expect(await kitchen.obj({ params })).toEqual(params)
      expect(await kitchen.nothing()).toBe(null)
    })

    test('takes one value where an endpoint takes one', async () => {
      expect(await kitchen.root_text('ümläut')).toBe('ÜMLÄUT')
      expect(await kitchen.root_text('"quoted"')).toBe('"QUOTED"')
      expect(await kitchen.root_model({ prompt: 'p' })).toMatchObject({ prompt: 'p', scale: 0.5 })
    })

    test('finds endpoints at routes of their own', async () => {
      expect(await kitchen.any_name({ x: 1 })).toBe(2)
      expect(await reference.echo_root('text')).toBe('text')
      expect(await reference.request({ x: 7 })).toBe(7)
    })

    test('takes a file as path, URL, Blob, bytes and streams, with other arguments', async () => {
      const url = `http://127.0.0.1:${(files.address() as AddressInfo).port}/b.txt`
      const inputs: Record<string, FileInput> = {
        path,
        'URL of a path': new URL(`file://${path}`),
        URL: url,
        Blob: new Blob(['hello']),
        File: new File(['hello'], 'a.txt'),
        bytes: new TextEncoder().encode('hello'),
        Buffer: Buffer.from('hello'),
        FileData: new FileData('hello', { name: 'a.txt' }),
        'stream of a file': createReadStream(path),
        'stream of Node': Readable.from(['he', 'llo']),
        'stream of the web': new Blob(['hello']).stream(),
        'named stream': { content: Readable.from([Buffer.from('hello')]), name: 'c.txt', type: 'text/plain' },
      }
      for (const [kind, file] of Object.entries(inputs)) {
        const told = await kitchen.upload({ file, note: 'n "1"', opts: { prompt: 'q' } })
        expect(told, kind).toMatchObject({ size: 5, note: 'n "1"', opts: { prompt: 'q', scale: 0.5 } })
      }
      expect((await kitchen.upload({ file: path })).name).toMatch(/a\.txt$/)
      expect((await kitchen.upload({ file: url })).name).toMatch(/b\.txt$/)
    })

    test('takes a large file from a stream as it comes', async () => {
      const pieces = function* () {
        for (let i = 0; i < 64; i++) yield Buffer.alloc(100_000, i)
      }
      expect(await reference.upload({ file: Readable.from(pieces()) })).toMatchObject({ size: 6_400_000 })
    })

    test('takes lists of files', async () => {
      const list = [path, new File(['four'], 'b.txt')]
      const told: string[] = await kitchen.upload_many({ files: list })
      expect(told.map((one) => one.replace(/^.*(.)\.txt/, '$1.txt').replace(/^(.):/, '$1.txt:'))).toEqual(
        expect.arrayContaining([expect.stringMatching(/a(\.txt)?:5$/), expect.stringMatching(/b(\.txt)?:4$/)]),
      )
    })

    test('takes one file where an endpoint takes one', async () => {
      const file = { content: new Uint8Array(9), name: 'a.mp3', type: 'audio/mpeg' }
      expect(await kitchen.upload_root(file)).toBe(9)
      expect(await kitchen.upload_root({ ...file, content: Readable.from([Buffer.alloc(7)]) })).toBe(7)
    })

    test('says of a file that is not there where it should be', async () => {
      const { codeName, message } = await refused(kitchen.call('upload', { file: join(folder, 'none') }))
      expect([codeName, message]).toEqual(['NOT_FOUND', expect.stringMatching(/argument file: no file at .*none/)])
    })

    test('gives back a file as text, bytes, stream, Blob, at a path, or in a place of its own', async () => {
      const made = async () => {
        const file: unknown = await reference.make_file({ text: 'grüße', name: 'b.txt' })
        expect(file).toBeInstanceOf(FileResult)
        return file as FileResult
      }
      const file = await made()
      expect([file.name.replace(/^tmp.{8}/, ''), file.type.split(';')[0], file.size]).toEqual([
        'b.txt',
        'text/plain',
        7,
      ])
      expect(await file.text()).toBe('grüße')
      expect((await refused(file.bytes())).codeName).toBe('FAILED_PRECONDITION')
      expect((await (await made()).bytes()).length).toBe(7)
      expect(await new Response((await made()).stream() as ReadableStream<Uint8Array<ArrayBuffer>>).text()).toBe(
        'grüße',
      )
      expect(await (await (await made()).blob()).text()).toBe('grüße')
      const place = join(folder, 'saved.txt')
      await (await made()).save(place)
      expect(readFileSync(place, 'utf8')).toBe('grüße')
      const service = await connect<Reference>(services.reference)
      const result: FileResult = await service.call('make_file', { text: 'grüße' })
      const own = await result.path()
      expect(readFileSync(own, 'utf8')).toBe('grüße')
      await service.close()
      expect(() => readFileSync(own)).toThrow('ENOENT')
    })

    test('sends and gets images', async () => {
      const png: FileResult = await kitchen.file_out({ kind: 'png' })
      const thumb: FileResult = await kitchen.thumb({ image: await png.bytes(), size: 3 })
      expect(thumb.type).toBe('image/png')
      expect(Buffer.from(await thumb.bytes()).readUInt32BE(16)).toBe(3)
    })

    test('gets bytes', async () => {
      expect([...(await kitchen.raw_bytes({ n: 2 }))]).toEqual([0, 255, 0, 255])
    })

    test('takes tensors as typed arrays, lists and NdArray, and gives back NdArray', async () => {
      const tensors = [new Float32Array([1, 2, 3]), [1, 2, 3], NdArray.from([1, 2, 3]), new Uint8Array([1, 2, 3])]
      for (const arr of tensors) {
        const doubled: NdArray = await kitchen.nd({ arr })
        expect([doubled.toNested(), doubled.shape]).toEqual([[2, 4, 6], [3]])
      }
      const summed: NdArray = await kitchen.nd_typed({ arr: NdArray.from([1, 2, 3, 4], { shape: [2, 2] }) })
      expect(summed.toNested()).toEqual([4, 6])
    })

    test('takes and gives tables', async () => {
      const frame = [{ x: 1 }, { x: 3 }]
      expect((await kitchen.df({ frame }))[0]).toEqual({ x: 2 })
      expect(await kitchen.df_cols({ frame: { a: [1, 2], b: [3, 4] } })).toBe(2)
    })

    test('gives the items of a stream as they come', async () => {
      expect(await gathered(reference.call('stream_count', { n: 3 }))).toEqual(['0\n', '1\n', '2\n'])
      expect(await gathered(kitchen.call('stream_json', { n: 3 }))).toMatchObject(
        ['0', '1', '2'].map((prompt) => ({ prompt, scale: 0.5 })),
      )
      expect(await gathered(await reference.call('stream_count', { n: 2 }))).toEqual(['0\n', '1\n'])
      expect(await gathered(reference.call('stream_count', { n: 0 }))).toEqual([])
    })

    test('goes on after a stream that was left early', async () => {
      for await (const item of kitchen.call('stream_text', { n: 1000 })) {
        expect(item).toBe('tok0 ')
        break
      }
      expect(await kitchen.any_name({ x: 1 })).toBe(2)
    })

    test('throws what a stream failed with before its first item', async () => {
      const { codeName, details, reason } = await refused(gathered(kitchen.call('stream_fail_first')))
      expect([codeName, details.httpStatus, reason]).toEqual(['INVALID_ARGUMENT', 400, 'before first'])
    })

    test('throws what a stream failed with after it began', async () => {
      const seen: unknown[] = []
      const failing = async () => {
        for await (const item of kitchen.call('stream_fail_mid')) seen.push(item)
      }
      const { codeName, reason } = await refused(failing())
      expect([seen, codeName, reason]).toEqual([['a'], 'INVALID_ARGUMENT', 'mid'])
    })

    test('has code, status, message and request id of what a service refuses', async () => {
      const told = async (kind: string) => {
        const error = await refused(kitchen.call('err', { kind }, { retry: false }))
        return [error.codeName, error.details.httpStatus]
      }
      expect(await told('invalid')).toEqual(['INVALID_ARGUMENT', 400])
      expect(await told('401')).toEqual(['UNAUTHENTICATED', 401])
      expect(await told('403')).toEqual(['PERMISSION_DENIED', 403])
      expect(await told('notfound')).toEqual(['NOT_FOUND', 404])
      expect(await told('teapot')).toEqual(['FAILED_PRECONDITION', 418])
      expect(await told('422')).toEqual(['INVALID_ARGUMENT', 422])
      expect(await told('429')).toEqual(['RESOURCE_EXHAUSTED', 429])
      expect(await told('500')).toEqual(['INTERNAL', 500])
      expect(await told('503')).toEqual(['UNAVAILABLE', 503])
      expect(await told('value')).toEqual(['INTERNAL', 500])
      const { reason, details } = await refused(reference.call('fail', { kind: 'bad' }))
      expect([reason, details.requestId]).toEqual(['bad value: 42', expect.stringMatching(/^[0-9a-f]{16}$/)])
    })

    test('has all mistakes that a service finds in arguments', async () => {
      await using lenient = await connect<Reference>(services.reference, { checkTypes: false })
      const { codeName, details } = await refused(lenient.call('add', { a: 'x', b: 'y' }))
      expect([codeName, details.httpStatus, details.issues?.map(({ loc }) => loc)]).toEqual([
        'INVALID_ARGUMENT',
        400,
        [['a'], ['b']],
      ])
    })

    test('refuses wrong arguments before it sends them, all of them at once', async () => {
      const { codeName, details, message } = await refused(reference.call('add', { b: 'two', c: 1 }))
      expect([codeName, details.httpStatus]).toEqual(['INVALID_ARGUMENT', undefined])
      expect(details.issues?.map(({ type, loc }) => [type, loc])).toEqual([
        ['missing', ['a']],
        ['extra_forbidden', ['c']],
        ['integer_type', ['b']],
      ])
      for (const part of ['a: Field required', 'c: There is no such argument', '"two"', 'It takes a, b'])
        expect(message).toContain(part)
      expect(await reference.add({ a: '40', b: 2 })).toBe(42)
    })

    test('says which endpoints there are, where one is called that is not', async () => {
      const { codeName, message } = await refused(reference.call('nope'))
      expect([codeName, message]).toEqual(['NOT_FOUND', expect.stringContaining('add, echo_root, embed')])
    })

    test('gives up after the time that a call has, and says when the service did', async () => {
      const own = await refused(kitchen.call('slow', { s: 1 }, { timeoutMs: 100, retry: false }))
      expect([own.codeName, own.details.httpStatus]).toEqual(['DEADLINE_EXCEEDED', undefined])
      const theirs = await refused(kitchen.call('slow', { s: 3 }))
      expect([theirs.codeName, theirs.details.httpStatus]).toEqual(['DEADLINE_EXCEEDED', 504])
    })

    test('gives up when its user says so', async () => {
      const signal = AbortSignal.timeout(50)
      expect((await refused(kitchen.call('slow', { s: 1 }, { signal }))).message).toMatch(/timeout|abort/i)
    })

    test('sends headers of the connection and of a call', async () => {
      await using service = await connect<Kitchen>(services.kitchen, { headers: { 'x-in': 'all' } })
      expect(await service.ctx_ep({ x: 1 })).toBe('1:all')
      expect(await service.ctx_ep({ x: 1 }, { headers: { 'x-in': 'this' } })).toBe('1:this')
    })

    test('makes requests of its user, and gives the answer as it is', async () => {
      const response = await kitchen.fetch('/ctx_ep', { method: 'POST', body: '{"x": 2}' })
      expect([response.status, response.headers.get('x-custom'), await response.text()]).toEqual([202, 'yes', '2:-'])
      expect((await kitchen.fetch('/none')).status).toBe(404)
    })

    test('submits a task, asks how it is, waits for it and gets its result as often as it likes', async () => {
      const task = await reference.render.submit({ n: 3 })
      expect(task.id).toMatch(/./)
      expect((await task.status()).state).toMatch(/pending|in_progress|completed/)
      expect(await task.wait()).toEqual({ n: 3, frames: [0, 1, 2] })
      expect(await task.status()).toMatchObject({
        id: task.id,
        state: 'completed',
        createdAt: expect.stringMatching(/^\d{4}-/),
      })
      expect(await reference.render.get(task.id)).toEqual({ n: 3, frames: [0, 1, 2] })
      expect(await task.get()).toEqual({ n: 3, frames: [0, 1, 2] })
    })

    test('runs a task once more', async () => {
      const task = await reference.render.submit({ n: 1 })
      await task.wait()
      const again = await task.retry()
      expect(again.id).not.toBe(task.id)
      expect(await again.wait()).toEqual({ n: 1, frames: [0] })
      expect(await (await reference.render.retry(task.id)).wait()).toEqual({ n: 1, frames: [0] })
    })

    test('throws what a task failed with, and refuses what is not done or unknown', async () => {
      const failing = await kitchen.job.submit({ n: -1 })
      const error = await refused(failing.wait())
      expect([error.codeName, error.reason]).toEqual(['INVALID_ARGUMENT', 'negative'])
      expect((await failing.status()).state).toBe('failed')
      const running = await kitchen.job.submit({ n: 15 })
      expect((await refused(running.get())).details.httpStatus).toBe(400)
      expect((await refused(running.wait({ timeoutMs: 200 }))).message).toMatch(/is not done after 200 ms/)
      const unknown = await refused(kitchen.job.status('abc'))
      expect(unknown.codeName).toBe('NOT_FOUND')
    })

    test('cancels a task', async () => {
      const task = await kitchen.job.submit({ n: 15 })
      await task.cancel()
      expect((await task.status()).state).toBe('canceled')
      expect((await refused(task.wait())).codeName).toBe('CANCELLED')
    })

    test('submits and retries nothing that is no task', async () => {
      expect((await refused(reference.add.submit({ a: 1 }))).codeName).toBe('FAILED_PRECONDITION')
    })
  })
}
