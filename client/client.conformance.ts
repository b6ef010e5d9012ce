import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DataRequest, Document, type FlowError } from '../proto/index.ts'
import type { Client } from './client.ts'

/**
 * What a client under test talks to: a flow with `/echo` (unchanged), `/upper` (texts in capitals), `/slow` (waits
 * `parameters.ms`), `/fail` (throws an error "boom"), `/unavailable` (rejects with UNAVAILABLE until the third try),
 * `/never` (no answer).
 */
export interface ClientUnderTest {
  readonly name: string
  create(): Promise<{ client: Client; close(): Promise<void> }>
}

/** What every client does, whatever its protocol. */
export function testClient({ name, create }: ClientUnderTest): void {
  describe(`client over ${name}`, () => {
    let client: Client
    let close: () => Promise<void>
    beforeAll(async () => {
      ;({ client, close } = await create())
    })
    afterAll(() => close())

    it('gives back documents, responses or nothing', async () => {
      expect((await client.post('/upper', ['a', 'b'])).texts).toEqual(['A', 'B'])
      const responses = await client.post('/upper', ['a', 'b'], { requestSize: 1, returnResponses: true })
      expect(responses.map(({ docs }) => docs.texts[0]).sort()).toEqual(['A', 'B'])
      expect(await client.post('/upper', 'a', { onAlways: () => {} })).toBeUndefined()
    })

    it('sends nothing as one request without documents, and an empty list as one with none', async () => {
      expect(await client.post('/echo', undefined, { returnResponses: true })).toHaveLength(1)
      expect(await client.post('/echo', [], { returnResponses: true })).toHaveLength(1)
    })

    it('answers as they complete, or in order', async () => {
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

    it('keeps at most prefetch requests in flight, and takes no more from the source', async () => {
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

    it('stops the source when the reader stops', async () => {
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

    it('throws what an executor threw, and goes on when told to', async () => {
      await expect(client.post('/fail', 'x')).rejects.toThrow(/boom/)
      const kept = await client.post('/fail', ['x', 'y'], {
        requestSize: 1,
        continueOnError: true,
        returnResponses: true,
      })
      expect(kept.map(({ failed }) => failed)).toEqual([true, true])
    })

    it('calls back: done or error first, always last', async () => {
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

    it('rejects with what a callback throws', async () => {
      const onDone = () => {
        throw new TypeError('in the callback')
      }
      await expect(client.post('/upper', 'a', { onDone })).rejects.toThrow('in the callback')
    })

    it('rejects with what the source throws, and for what is no document', async () => {
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

    it('gives up at timeoutMs, and when its signal aborts', async () => {
      await expect(client.post('/never', 'x', { timeoutMs: 50 })).rejects.toMatchObject({
        codeName: 'DEADLINE_EXCEEDED',
      })
      const leaving = new AbortController()
      const pending = client.post('/never', 'x', { signal: leaving.signal })
      setTimeout(() => leaving.abort(), 20)
      await expect(pending).rejects.toMatchObject({ codeName: 'CANCELLED' })
    })

    it('sends again what was refused, if told to', async () => {
      const retry = { maxAttempts: 3, initialBackoffMs: 1, maxBackoffMs: 2 }
      expect((await client.post('/unavailable', 'x', { retry })).texts).toEqual(['x'])
      await expect(client.post('/unavailable', 'x')).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
    })

    it('is used by many at once', async () => {
      const posts = Array.from({ length: 100 }, (_, i) => client.post('/upper', `n${i}`))
      expect((await Promise.all(posts)).map((docs) => docs.texts[0])).toEqual(
        Array.from({ length: 100 }, (_, i) => `N${i}`),
      )
    })

    it('closes, and opens again when used', async () => {
      await client.close()
      expect((await client.post('/upper', 'a')).texts).toEqual(['A'])
    })
  })
}
