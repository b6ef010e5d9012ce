import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DataRequest, Document, type FlowError } from '../proto/index.ts'
import type { Client } from './index.ts'

/**
 * What a client under test talks to: a flow with `/echo` (unchanged), `/upper` (texts in capitals), `/slow` (waits as many ms as the
 * first text says), `/fail` (throws an error "boom"), `/unavailable` (rejects with UNAVAILABLE until the third try), `/never` (no
 * answer), `/count` (a stream of the numbers below `parameters.to`, filled up to so many `characters`, that throws "boom" before
 * `failAt`), `/running` (how many `/never` and `/count` run), `/metadata` (the header that the text names).
 */
export interface ClientUnderTest {
  readonly name: string
  create(): Promise<{ client: Client; close(): Promise<void> }>
  /** Titles of tests that cannot hold for it. */
  readonly skip?: readonly { reason: string; tests: readonly string[] }[]
}

/** What every client does, whatever its protocol. */
export function testClient({ name, create, skip = [] }: ClientUnderTest): void {
  const skipped = new Set(skip.flatMap(({ tests }) => tests))
  const test = (title: string, run: () => Promise<void>) => (skipped.has(title) ? it.skip(title, run) : it(title, run))
  describe(`client over ${name}`, () => {
    let client: Client
    let close: () => Promise<void>
    beforeAll(async () => {
      ;({ client, close } = await create())
    })
    afterAll(() => close())

    test('gives back documents, responses or nothing', async () => {
      expect((await client.post('/upper', ['a', 'b'])).texts).toEqual(['A', 'B'])
      const responses = await client.post('/upper', ['a', 'b'], { requestSize: 1, returnResponses: true })
      expect(responses.map(({ docs }) => docs.texts[0]).sort()).toEqual(['A', 'B'])
      expect(await client.post('/upper', 'a', { onAlways: () => {} })).toBeUndefined()
    })

    test('sends nothing as one request without documents, and an empty list as one with none', async () => {
      expect(await client.post('/echo', undefined, { returnResponses: true })).toHaveLength(1)
      expect(await client.post('/echo', [], { returnResponses: true })).toHaveLength(1)
    })

    test('answers as they complete, or in order', async () => {
      const slowFirst = () => ['40', '0'].map((text) => new Document({ text }))
      const texts = async (resultsInOrder: boolean) => {
        const seen: (string | undefined)[] = []
        const options = { requestSize: 1, resultsInOrder }
        for await (const { docs } of client.stream('/slow', slowFirst(), options)) seen.push(docs.texts[0])
        return seen
      }
      expect(await texts(false)).toEqual(['0', '40'])
      expect(await texts(true)).toEqual(['40', '0'])
    })

    test('keeps at most prefetch requests in flight, and takes no more from the source', async () => {
      let taken = 0
      function* source() {
        for (let i = 0; i < 20; i++) {
          taken++
          yield new Document({ text: '5' })
        }
      }
      const ahead: number[] = []
      let done = 0
      for await (const _ of client.stream('/slow', source(), { requestSize: 1, prefetch: 3 }))
        ahead.push(taken - done++)
      expect(Math.max(...ahead)).toBeLessThanOrEqual(4)
    })

    test('stops the source when the reader stops', async () => {
      let stopped = false
      async function* endless() {
        try {
          for (let i = 0; ; i++) yield `${i}`
        } finally {
          stopped = true
        }
      }
      for await (const _ of client.stream('/echo', endless(), { requestSize: 1, prefetch: 2 })) break
      await expect.poll(() => stopped).toBe(true)
    })

    test('throws what an executor threw, and goes on when told to', async () => {
      await expect(client.post('/fail', 'x')).rejects.toThrow(/boom/)
      const kept = await client.post('/fail', ['x', 'y'], {
        requestSize: 1,
        continueOnError: true,
        returnResponses: true,
      })
      expect(kept.map(({ failed }) => failed)).toEqual([true, true])
    })

    test('calls back: done or error first, always last', async () => {
      const log: string[] = []
      const callbacks = {
        onDone: () => void log.push('done'),
        onError: (response: DataRequest, error: FlowError) =>
          void log.push(`error ${response.status?.code} ${error.codeName}`),
        onAlways: (response: DataRequest) => void log.push(`always ${response.docs.texts}`),
      }
      await client.post('/upper', 'a', callbacks)
      await client.post('/fail', 'b', callbacks)
      expect(log).toEqual(['done', 'always A', 'error 1 UNKNOWN', 'always b'])
    })

    test('rejects with what a callback throws', async () => {
      const onDone = () => {
        throw new TypeError('in the callback')
      }
      await expect(client.post('/upper', 'a', { onDone })).rejects.toThrow('in the callback')
    })

    test('rejects with what the source throws, and for what is no document', async () => {
      function* broken() {
        yield 'a'
        throw new Error('no more')
      }
      await expect(client.post('/upper', broken(), { requestSize: 1 })).rejects.toThrow('no more')
      await expect(client.post('/upper', [5 as never])).rejects.toMatchObject({
        codeName: 'INVALID_ARGUMENT',
        message: /input 0 is no document/,
      })
      await expect(client.post('/upper', { txet: 'a' } as never)).rejects.toMatchObject({
        codeName: 'INVALID_ARGUMENT',
      })
    })

    test('gives up at timeoutMs, and when its signal aborts', async () => {
      await expect(client.post('/never', 'x', { timeoutMs: 50 })).rejects.toMatchObject({
        codeName: 'DEADLINE_EXCEEDED',
      })
      const leaving = new AbortController()
      const pending = client.post('/never', 'x', { signal: leaving.signal })
      setTimeout(() => leaving.abort(), 20)
      await expect(pending).rejects.toMatchObject({ codeName: 'CANCELLED' })
    })

    test('tells the gateway how long it waits, so that executors stop', async () => {
      for (const timeoutMs of [0, -1, Number.NaN]) {
        await expect(client.post('/echo', 'x', { timeoutMs })).rejects.toMatchObject({ codeName: 'INVALID_ARGUMENT' })
      }
      // the source goes on, and with it the connection: only the gateway's own clock stops the executor
      const leaving = new AbortController()
      async function* inputs() {
        yield 'a'
        await new Promise((resolve) => leaving.signal.addEventListener('abort', resolve))
      }
      const failed: string[] = []
      const onError = (_response: DataRequest, { codeName }: FlowError) => void failed.push(codeName)
      const post = client.post('/never', inputs(), { requestSize: 1, timeoutMs: 50, onError })
      await expect.poll(() => failed).toEqual(['DEADLINE_EXCEEDED'])
      await expect.poll(() => running(client)).toBe('0')
      leaving.abort()
      await post
    })

    test('sends metadata and headers', async () => {
      const options = { metadata: { 'x-one': 'a' }, headers: { 'x-two': 'b' } }
      expect((await client.post('/metadata', ['x-one', 'x-two'], options)).texts).toEqual(['a', 'b'])
    })

    test('compresses what it sends, if told to', async () => {
      const text = 'again and '.repeat(1000)
      for (const compression of ['Gzip', 'Deflate'] as const) {
        expect((await client.post('/echo', text, { compression })).texts).toEqual([text])
      }
    })

    test('tells whether the flow is ready', async () => {
      expect(await client.isFlowReady()).toBe(true)
      expect(await client.dryRun()).toMatchObject({ code: 0 })
      await expect(client.dryRun({ signal: AbortSignal.abort() })).rejects.toMatchObject({ codeName: 'CANCELLED' })
    })

    test('gives the parts of an answer in their order, then the answer without documents', async () => {
      const seen: [part: number | undefined, texts: string[]][] = []
      for await (const { header, docs } of client.stream('/count', 'x', { parts: true, parameters: { to: 3 } })) {
        seen.push([header.part, docs.texts])
      }
      expect(seen).toEqual([
        [0, ['0']],
        [1, ['1']],
        [2, ['2']],
        [undefined, []],
      ])
    })

    test('gives all documents in one answer to who wants no parts', async () => {
      expect((await client.post('/count', 'x', { parameters: { to: 3 } })).texts).toEqual(['0', '1', '2'])
    })

    test('gives the parts of several requests by their ids, or one request after the other', async () => {
      const inputs = () => ['a', 'b', 'c'].map((text) => new Document(text))
      const options = { parts: true, requestSize: 1, parameters: { to: 3 } }
      const parts = async (resultsInOrder: boolean) => {
        const seen: { id: string; part: number | undefined }[] = []
        for await (const { header } of client.stream('/count', inputs(), { ...options, resultsInOrder })) {
          seen.push({ id: header.requestId, part: header.part })
        }
        return seen
      }
      const ids = new Map<string, (number | undefined)[]>()
      for (const { id, part } of await parts(false)) ids.set(id, [...(ids.get(id) ?? []), part])
      expect([...ids.values()]).toEqual(Array.from({ length: 3 }, () => [0, 1, 2, undefined]))
      const ordered = await parts(true)
      expect(ordered.map(({ part }) => part)).toEqual(Array.from({ length: 3 }, () => [0, 1, 2, undefined]).flat())
    })

    test('throws what an executor threw after the parts that came before it', async () => {
      const seen: string[] = []
      const read = async () => {
        const options = { parts: true, parameters: { to: 5, failAt: 2 } }
        for await (const { docs } of client.stream('/count', 'x', options)) seen.push(...docs.texts)
      }
      await expect(read()).rejects.toThrow(/boom/)
      expect(seen).toEqual(['0', '1'])
    })

    test('stops an executor whose parts are not wanted any more', async () => {
      const parameters = { to: 1e9, characters: 1000 }
      for await (const { header } of client.stream('/count', 'x', { parts: true, parameters })) {
        if (header.part === 3) break
      }
      await expect.poll(() => running(client)).toBe('0')
    })

    test('sends again what was refused, if told to', async () => {
      const retry = { maxAttempts: 3, initialBackoffMs: 1, maxBackoffMs: 2 }
      expect((await client.post('/unavailable', 'x', { retry })).texts).toEqual(['x'])
      await expect(client.post('/unavailable', 'x')).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
    })

    test('is used by many at once', async () => {
      const posts = Array.from({ length: 100 }, (_, i) => client.post('/upper', `n${i}`))
      expect((await Promise.all(posts)).map((docs) => docs.texts[0])).toEqual(
        Array.from({ length: 100 }, (_, i) => `N${i}`),
      )
    })

    test('gives up what is on its way when it is closed', async () => {
      const pending = client.post('/never', 'x')
      const ended = expect(pending).rejects.toMatchObject({ codeName: 'CANCELLED' })
      await expect.poll(() => running(client)).toBe('1')
      await client.close()
      await ended
      await expect.poll(() => running(client)).toBe('0')
    })

    test('closes, and opens again when used', async () => {
      await client.close()
      expect((await client.post('/upper', 'a')).texts).toEqual(['A'])
    })
  })
}

async function running(client: Client): Promise<string | undefined> {
  return (await client.post('/running', 'x')).texts[0]
}
