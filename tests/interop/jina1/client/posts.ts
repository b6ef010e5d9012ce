import { ReadableStream } from 'node:stream/web'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Document, DocumentArray, type Inputs } from '../../../../client/index.ts'
import type { Peer } from './peer.ts'

/** What can be posted, how it is cut into requests, and what comes back. */
export function posts(peer: Peer): void {
  const numbered = (count: number) => Array.from({ length: count }, (_, i) => `t${i}`)

  describe('inputs', () => {
    const texts = async (inputs: Inputs) => (await peer.client.post('/index', inputs, { requestSize: 2 })).texts.sort()

    it('are a document, its fields, its text, or many', async () => {
      expect(await texts(new Document('a'))).toEqual(['A'])
      expect(await texts({ text: 'a' })).toEqual(['A'])
      expect(await texts('ab')).toEqual(['AB'])
      expect(await texts(['p', new Document('q'), { text: 'r' }])).toEqual(['P', 'Q', 'R'])
      expect(await texts(new DocumentArray([new Document('x')]))).toEqual(['X'])
    })

    it('are generators, generator functions, async ones and streams', async () => {
      function* generate() {
        yield* 'abc'
      }
      async function* later() {
        for (const text of 'xyz') {
          await sleep(5)
          yield text
        }
      }
      expect(await texts(generate())).toEqual(['A', 'B', 'C'])
      expect(await texts(generate)).toEqual(['A', 'B', 'C'])
      expect(await texts(later())).toEqual(['X', 'Y', 'Z'])
      expect(await texts(later)).toEqual(['X', 'Y', 'Z'])
      expect(await texts(ReadableStream.from(['r', 's', 't']))).toEqual(['R', 'S', 'T'])
    })

    it('may be none: one request without documents', async () => {
      const { docs, status } = await peer.response('/index')
      expect([docs.length, status]).toEqual([0, undefined])
    })
  })

  describe('requests', () => {
    it('have requestSize documents', async () => {
      const responses = await peer.responses('/index', numbered(250), { requestSize: 100 })
      expect(responses.map(({ docs }) => docs.length).sort()).toEqual([100, 100, 50])
      const texts = responses.flatMap(({ docs }) => docs.texts)
      expect(new Set(texts)).toEqual(new Set(numbered(250).map((text) => text.toUpperCase())))
    })

    it('have one document, or all', async () => {
      const single = await peer.responses('/index', numbered(7), { requestSize: 1 })
      expect(single.map(({ docs }) => docs.length)).toEqual(Array(7).fill(1))
      expect((await peer.response('/index', numbered(250), { requestSize: 0 })).docs).toHaveLength(250)
    })

    it('may be many', async () => {
      expect(await peer.client.post('/echo', numbered(3000), { requestSize: 250 })).toHaveLength(3000)
    })

    it('have an id each, which comes back', async () => {
      const responses = await peer.responses('/echo', numbered(5), { requestSize: 1 })
      const ids = responses.map(({ header }) => header.requestId)
      expect(new Set(ids).size).toBe(5)
      for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/)
    })
  })

  describe('responses', () => {
    it('tell what was asked for and how it went', async () => {
      const { header, status, failed } = await peer.response('/index', 'a')
      expect(header).toMatchObject({ execEndpoint: '/index', targetExecutor: '' })
      expect([status, failed]).toEqual([undefined, false])
    })

    it('tell the way that the request went', async () => {
      const { routes } = await peer.response('/index', 'a')
      expect(routes.map(({ executor }) => executor)).toEqual(['gateway', 'upper', 'embed', 'fail'])
      const [gateway, upper, embed, fail] = routes
      for (const { startTime = 0, endTime = 0 } of [gateway, upper, embed] as typeof routes)
        expect(endTime).toBeGreaterThanOrEqual(startTime)
      expect(fail?.endTime).toBeUndefined()
      expect(Math.abs((gateway?.startTime ?? 0) - Date.now())).toBeLessThan(3_600_000)
    })

    it('come in order when asked', async () => {
      const responses = await peer.responses('/index', numbered(30), { requestSize: 1, resultsInOrder: true })
      expect(responses.map(({ docs }) => docs[0]?.text)).toEqual(numbered(30).map((text) => text.toUpperCase()))
    })

    it('are streamed', async () => {
      const texts: string[] = []
      for await (const { docs } of peer.client.stream('/index', ['a', 'b', 'c'], { requestSize: 1 }))
        texts.push(...docs.texts)
      expect(texts.sort()).toEqual(['A', 'B', 'C'])
    })
  })

  it('targetExecutor selects the executors whose names it matches at the start', async () => {
    const run = async (targetExecutor: string) => {
      const { text, embedding } = await peer.one('/index', 'ab', { targetExecutor })
      return [text, embedding !== undefined]
    }
    expect(await run('upper')).toEqual(['AB', false])
    expect(await run('em.*')).toEqual(['ab', true])
    expect(await run('emb')).toEqual(['ab', true])
    expect(await run('bed')).toEqual(['ab', false])
    expect(await run('nobody')).toEqual(['ab', false])
    expect(await run('upper|embed')).toEqual(['AB', true])
  })
}
