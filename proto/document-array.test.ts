import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { decodeRequest, encodeRequest } from './codec/protobuf.ts'
import { Document } from './document.ts'
import { DocumentArray } from './document-array.ts'
import type { DocumentLike } from './document-init.ts'
import { DataRequest } from './request.ts'

const docsOf = (...inits: DocumentLike[]) => new DocumentArray(inits.map(Document.from))
const sent = (...inits: DocumentLike[]) => decodeRequest(encodeRequest(new DataRequest({ docs: docsOf(...inits) })))

describe('a DocumentArray', () => {
  it('is made by the ways of an array', () => {
    const [a, b] = [new Document('a'), new Document('b')]
    expect(DocumentArray.of(a, b)).toBeInstanceOf(DocumentArray)
    expect((DocumentArray.of(a, b) as DocumentArray).texts).toEqual(['a', 'b'])
    expect((DocumentArray.from([a, b]) as DocumentArray).texts).toEqual(['a', 'b'])
    expect((DocumentArray.from({ length: 1, 0: a }) as DocumentArray).texts).toEqual(['a'])
    expect(new DocumentArray(new Set([a])).ids).toEqual([a.id])
  })

  it('is walked also where it is long', () => {
    const long = new DocumentArray(Array.from({ length: 200_000 }, () => Document.lazy({} as never)))
    expect(long.traverse('@r')).toHaveLength(200_000)
  })

  it('shows how many documents it has', () => {
    expect(inspect(docsOf('a', 'b'))).toContain('DocumentArray (length=2)')
  })

  it('clones to documents of the same ids that can be changed alone', () => {
    const docs = docsOf('a', { chunks: ['c'] })
    const clone = docs.clone()
    for (const document of clone) document.tags.mine = true
    expect(docs.map(({ tags }) => tags)).toEqual([{}, {}])
    expect(clone.ids).toEqual(docs.ids)
    expect(clone[1]?.chunks.ids).toEqual(docs[1]?.chunks.ids)
  })

  it('detaches from the message its documents came in', () => {
    const docs = sent({ blob: Uint8Array.of(1), embedding: [1], tags: { k: 1 }, chunks: [{ blob: Uint8Array.of(2) }] })
    const read = docs.ownDocs()
    void [read[0]?.tags, read[0]?.tensor, read[0]?.chunks[0]?.blob]
    for (const detached of [docs.ownDocs().detach(), read.detach()]) {
      const [document] = detached
      const buffers = [document?.blob, document?.embedding, document?.chunks[0]?.blob].map((value) =>
        value instanceof Uint8Array ? value.buffer : (value as { bytes: Uint8Array }).bytes.buffer,
      )
      for (const buffer of buffers) expect(buffer.byteLength).toBeLessThan(200)
      expect(document?.tags).toEqual({ k: 1 })
    }
  })
})

describe('documents of one message are untouched', () => {
  const two = () => sent('a', { text: 'b', chunks: ['b1'], tags: { k: 1 }, embedding: [1] })

  it.each<[string, (docs: DocumentArray) => unknown]>([
    ['nobody looked', () => 0],
    ['somebody looked', (docs) => [docs.texts, docs.ids, docs.embeddings, docs.contents, `${docs}`, inspect(docs)]],
    ['somebody printed one', (docs) => inspect(docs[1])],
    ['somebody copied them', (docs) => docs.clone().forEach((document) => void document.tags)],
  ])('while %s', (_, look) => {
    const docs = two().ownDocs()
    look(docs)
    expect(docs.untouched).toBe(true)
  })

  it.each<[string, (docs: DocumentArray) => unknown]>([
    ['one is changed', (docs) => ((docs[0] as Document).text = 'x')],
    ['tags of one are in hand', (docs) => docs[1]?.tags],
    ['they change places', (docs) => docs.reverse()],
    ['one is gone', (docs) => docs.pop()],
    ['one is new', (docs) => (docs[0] = new Document('x'))],
    ['one is there twice', (docs) => (docs[1] = docs[0] as Document)],
    ['one is of another message', (docs) => (docs[0] = two().ownDocs()[0] as Document)],
    ['one is a chunk of another', (docs) => (docs[1] = docs[1]?.clone().chunks[0] as Document)],
  ])('no longer when %s', (_, change) => {
    const docs = two().ownDocs()
    change(docs)
    expect(docs.untouched).toBe(false)
  })
})
