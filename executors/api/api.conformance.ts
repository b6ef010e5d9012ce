import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  apiEndpoint,
  CallContext,
  DataRequest,
  encodeValue,
  FileData,
  FlowError,
  type NdArray,
  newId,
} from '../../proto/index.ts'
import type { Connection } from '../transports/index.ts'
import { callApi, streamApi } from './handle.ts'

/** A connection to `TypedSample` in `fixtures/sample.ts`, and how it ends. */
export interface Reached {
  readonly connection: Connection
  close(): Promise<void>
}

/** What typed calls are, whatever carries them. */
export function testTypedCalls(name: string, reach: () => Promise<Reached>): void {
  describe(`typed calls over ${name}`, () => {
    let reached: Reached
    beforeAll(async () => {
      reached = await reach()
    })
    afterAll(() => reached?.close())
    const call = (api: string, args: unknown = {}, options = {}) => callApi(reached.connection.send, api, args, options)
    const stream = (api: string, args: unknown) => streamApi(reached.connection.send, api, args)
    const send = (api: string, args: unknown = {}) => {
      const header = { execEndpoint: apiEndpoint(api) }
      return reached.connection.send(new DataRequest({ header, docs: encodeValue(args) }), new CallContext())
    }
    const state = () => call('state') as Promise<{ stopped: string[]; yielded: number }>

    it('tells the gateway what it serves', async () => {
      await expect.poll(() => reached.connection.apis?.length).toBeGreaterThan(10)
      const add = reached.connection.apis?.find(({ name }) => name === 'add')
      expect(add).toEqual({
        name: 'add',
        route: '/add',
        summary: 'Adds',
        input: {
          type: 'object',
          properties: { a: { type: 'integer' }, b: { type: 'integer', default: 10 } },
          required: ['a'],
        },
        output: { type: 'integer' },
        ...{ root: false, stream: false, task: false, batchable: false, idempotent: true },
      })
      expect(reached.connection.endpoints).toEqual(['_jina_dry_run_', '/add'])
    })

    it('carries arguments and results: JSON, text, nothing', async () => {
      expect(await call('add', { a: 1 })).toBe(11)
      expect(await call('upper', 'żółć')).toBe('ŻÓŁĆ')
      expect(await call('upper', '')).toBe('')
      expect(await call('describe', { points: [{ x: 1 }], maybe: 7 })).toEqual({
        points: [{ x: 1, label: 'none' }],
        maybe: 7,
      })
      expect(await call('nothing')).toBe(null)
    })

    it('carries files, bytes and tensors where they stand', async () => {
      const files = [new FileData('hello', { name: 'ä.txt' }), new FileData('', { type: 'audio/x' })]
      const raw = new Uint8Array([0, 255])
      const answer = (await call('parts', { files, raw, arr: [[1, 2.5]] })) as {
        first: FileData
        rest: FileData[]
        raw: Uint8Array
        inner: Record<string, NdArray[]>
      }
      expect([answer.first, answer.rest[0]].map((file) => [file?.name, file?.type, file?.text()])).toEqual([
        ['ä.txt', 'text/plain', 'hello'],
        ['', 'audio/x', ''],
      ])
      expect([...answer.raw]).toEqual([0, 255])
      const [arr] = answer.inner['a/b~c'] as [NdArray]
      expect([arr.dtype, arr.toNested()]).toEqual(['f4', [[1, 2.5]]])
      const file = (await call('file', { name: 'x.bin' })) as FileData
      expect([file.name, file.type, file.text()]).toEqual(['x.bin', 'text/x-sample', 'I am x.bin'])
    })

    it('refuses wrong arguments with all that is wrong', async () => {
      await expect(call('add', { a: 'x', b: 1.5 })).rejects.toMatchObject({
        codeName: 'INVALID_ARGUMENT',
        reason: '2 validation errors for add',
        details: { issues: [{ loc: ['a'] }, { loc: ['b'] }] },
      })
      expect(await call('add', { a: '7' })).toBe(17)
      await expect(call('strict', { n: 1, more: 2 })).rejects.toMatchObject({
        details: { issues: [{ type: 'extra_forbidden', loc: ['more'] }] },
      })
      await expect(call('strict', { n: '1' })).rejects.toMatchObject({ codeName: 'INVALID_ARGUMENT' })
    })

    it('fails with what its method threw, in a status', async () => {
      await expect(call('fail', { how: 'known' })).rejects.toMatchObject({
        codeName: 'NOT_FOUND',
        reason: 'no such thing',
        details: { httpStatus: 410, retryAfterMs: 2500 },
      })
      const { header, docs } = await send('fail', { how: 'foreign' })
      expect(header.status).toMatchObject({ code: 1, exception: { name: 'RangeError', args: ['out of it'] } })
      expect(docs).toHaveLength(0)
      await expect(call('liar')).rejects.toMatchObject({ codeName: 'INTERNAL' })
    })

    it('rejects where there is no such endpoint', async () => {
      await expect(call('nobody')).rejects.toMatchObject({ codeName: 'UNIMPLEMENTED' })
    })

    it('carries what was said of the answer beside it', async () => {
      const { header } = await send('said')
      expect(header.response).toEqual({
        status: 202,
        headers: [
          { name: 'set-cookie', value: 'c=v; Path=/; SameSite=Lax' },
          { name: 'set-cookie', value: 'd=w; Path=/; HttpOnly; SameSite=Lax' },
          { name: 'x-custom', value: 'yes' },
        ],
      })
    })

    it('carries metadata, caller and request id to its method', async () => {
      const options = { metadata: new Map([['x-tenant', 't1']]), caller: { id: 'me' }, requestId: newId() }
      expect(await call('metadata', {}, options)).toEqual({ tenant: 't1', caller: 'me', requestId: options.requestId })
    })

    it('streams items as they are asked for, and all of them in a list to who wants no stream', async () => {
      const items: unknown[] = []
      for await (const item of stream('count', { n: 3 })) items.push(item)
      expect(items).toEqual(['0', '1', '2'])
      expect(await call('count', { n: 3 })).toEqual(['0', '1', '2'])
      for await (const item of stream('tensors', { n: 2 })) items.push((item as { arr: NdArray }).arr.toNested())
      expect(items.slice(3)).toEqual([
        [0, 0.5],
        [1, 1.5],
      ])
    })

    it('says what it has to say of a stream with the first item', async () => {
      const parts: DataRequest[] = []
      const header = { execEndpoint: apiEndpoint('count') }
      const emit = async (part: DataRequest) => void parts.push(part)
      await reached.connection.send(new DataRequest({ header, docs: encodeValue({ n: 1 }) }), new CallContext({ emit }))
      expect(parts[0]?.header.response?.headers).toEqual([{ name: 'x-first', value: 'yes' }])
    })

    it('tells an error between items after those before it', async () => {
      const items: unknown[] = []
      const reading = async () => {
        for await (const item of stream('count', { n: 9, failAt: 2 })) items.push(item)
      }
      await expect(reading()).rejects.toMatchObject({ codeName: 'INVALID_ARGUMENT', reason: 'no 2' })
      expect(items).toEqual(['0', '1'])
    })

    it('ends a stream whose caller leaves, and goes no further than it was read', async () => {
      const before = await state()
      for await (const _ of stream('count', { n: 1000 })) break
      await expect.poll(async () => (await state()).stopped.length).toBe(before.stopped.length + 1)
      expect((await state()).yielded - before.yielded).toBeLessThan(5)
    })

    it('stops the method when its caller leaves', async () => {
      const leaving = new AbortController()
      const left = call('wait', {}, { parent: leaving.signal })
      left.catch(() => {})
      setTimeout(() => leaving.abort(new FlowError('CANCELLED', 'gone')), 50)
      await expect(left).rejects.toMatchObject({ codeName: 'CANCELLED' })
      await expect.poll(async () => (await state()).stopped.at(-1)).toBe('CANCELLED')
    })
  })
}
