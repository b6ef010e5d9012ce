import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Document, type NdArray } from '../../../../client/index.ts'
import type { Peer } from './peer.ts'

/** What happens to documents on their way to executors and back. */
export function documents(peer: Peer): void {
  describe('documents', () => {
    it('come back changed', async () => {
      for (const on of ['/index', '/search']) {
        const doc = await peer.one(on, new Document({ id: 'x', text: 'hello' }))
        expect([doc.id, doc.text, doc.tags]).toEqual(['x', 'HELLO', { orig: 'hello', upper: true }])
        expect([...(doc.embedding as NdArray).data]).toEqual([5, 104, 1, 0])
      }
    })

    it('come back as they were from who leaves them alone', async () => {
      const sent = new Document({ id: 'e', text: 'same', tags: { k: 'v' } })
      for (const on of ['/echo', '/nowhere', '/']) {
        const { id, text, tags } = await peer.one(on, sent)
        expect([id, text, tags], on).toEqual(['e', 'same', { k: 'v' }])
      }
    })

    it('keep their order', async () => {
      const ids = Array.from({ length: 60 }, (_, i) => `d${i}`)
      const docs = await peer.client.post(
        '/index',
        ids.map((id) => ({ id, text: id })),
      )
      expect(docs.ids).toEqual(ids)
      expect(docs.texts).toEqual(ids.map((id) => id.toUpperCase()))
    })

    it('carry any text', async () => {
      const text = 'ünïcode ß 你好 😀 \u0000 \n "q"'
      expect((await peer.one('/echo', text)).text).toBe(text)
      const changed = await peer.one('/index', text)
      expect(changed.text).toBe(text.toUpperCase())
      // Python counts code points
      expect([...(changed.embedding as NdArray).data]).toEqual([[...text].length, 252, 1, 0])
    })

    it('need no text', async () => {
      const doc = await peer.one('/index', new Document({ id: 'b', blob: Uint8Array.of(1, 2) }))
      expect([[...doc.blob], doc.tags, doc.embedding]).toEqual([[1, 2], { upper: true }, undefined])
    })

    it('carry bytes', async () => {
      const blob = Uint8Array.from({ length: 1024 }, (_, i) => i % 256)
      expect([...(await peer.one('/echo', new Document({ blob }))).blob]).toEqual([...blob])
    })

    it('carry every field', async () => {
      const rich = richDocument()
      const back = await peer.one('/echo', rich)
      for (const field of ['id', 'text', 'weight', 'uri', 'mimeType', 'modality', 'offset', 'location'] as const)
        expect(back[field], field).toEqual(rich[field])
      expect([...(back.embedding as NdArray).data]).toEqual([1, 2, 3])
    })

    it('carry nested tags', async () => {
      const tags = {
        a: 1.5,
        nested: { l: [1, 'two', { x: true }], n: null },
        s: 'é',
        b: false,
        big: 2 ** 53,
        neg: -3,
        f: 1e-300,
      }
      expect((await peer.one('/echo', new Document({ tags }))).tags).toEqual(tags)
    })

    it('carry chunks and matches, which know their places', async () => {
      const { chunks, matches } = await peer.one('/echo', richDocument())
      const places = chunks.map(({ id, parentId, granularity }) => [id, parentId, granularity])
      expect(places).toEqual([
        ['c1', 'rich', 1],
        ['c2', 'rich', 1],
      ])
      const deep = chunks[0]?.chunks[0]
      expect([deep?.text, deep?.parentId, deep?.granularity]).toEqual(['deep', 'c1', 2])
      expect([...(chunks[1] as Document).blob]).toEqual([0, 255, 16])
      expect(matches.map(({ text, adjacency, tags }) => [text, adjacency, tags])).toEqual([['m', 1, { k: 'v' }]])
    })

    it('carry scores and evaluations', async () => {
      const { scores, evaluations, matches } = await peer.one('/echo', richDocument())
      expect(scores).toEqual({ cos: { value: 0.25, opName: 'op', description: 'de', refId: 'r' } })
      expect(evaluations.prec?.value).toBe(0.75)
      expect(matches[0]?.scores.cos?.value).toBe(0.125)
    })

    it('may be large', async () => {
      const text = 'abcdefghij'.repeat(500_000)
      expect((await peer.one('/echo', text)).text === text).toBe(true)
      const blob = randomBytes(5_000_000)
      expect(Buffer.compare((await peer.one('/echo', new Document({ blob }))).blob, blob)).toBe(0)
    })

    it('are created by executors where none were sent', async () => {
      const created = await peer.client.post('/create')
      expect(created.map(({ id, text }) => [id, text])).toEqual([['created-1', 'created']])
    })

    it('are replaced by executors', async () => {
      const replaced = await peer.client.post('/replace', ['a', 'b'])
      expect(replaced.map(({ id, text, tags }) => [id, text, tags.was])).toEqual([['replaced', 'replaced', 2]])
    })
  })
}

function richDocument(): Document {
  return new Document({
    id: 'rich',
    text: 'τext',
    weight: 0.5,
    uri: 'https://example.org/a.png',
    modality: 'text',
    offset: 2,
    location: [1, 2],
    embedding: Float32Array.of(1, 2, 3),
    scores: { cos: { value: 0.25, opName: 'op', description: 'de', refId: 'r' } },
    evaluations: { prec: { value: 0.75 } },
    chunks: [
      { id: 'c1', text: 'c', chunks: [{ id: 'c1c', text: 'deep' }] },
      { id: 'c2', blob: Uint8Array.of(0, 255, 16) },
    ],
    matches: [{ id: 'm1', text: 'm', tags: { k: 'v' }, scores: { cos: { value: 0.125 } } }],
  })
}
