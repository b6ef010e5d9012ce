import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Document } from './document.ts'
import { DocumentArray } from './document-array.ts'
import { decodeDocuments, encodeDocuments, loadDocuments, saveDocuments } from './files.ts'
import { docarray } from './gen/messages.js'
import { NdArray } from './nd-array.ts'
import { SparseNdArray } from './sparse-nd-array.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-files-'))
const path = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true }))

const docs = () =>
  new DocumentArray([
    new Document({ id: 'a', text: 'ünïcode 你好 😀\n"q"\u2028', tags: { n: 1.5, l: [null, true], o: { k: 'v' } } }),
    new Document({ id: 'b', blob: Uint8Array.from({ length: 256 }, (_, i) => i), uri: 'a.png', weight: 0.5 }),
    new Document({ id: 'c', tensor: Float64Array.of(1, 2, -0), embedding: [[1, 2]], scores: { cos: { value: 0.5 } } }),
    new Document({
      id: 'd',
      chunks: [{ id: 'e', text: 'part', chunks: ['deep'] }],
      matches: [{ id: 'f', tags: { m: 1 } }],
    }),
  ])

describe('documents in a file', () => {
  it.each(['docs.json', 'docs.ndjson', 'docs.jsonl', 'docs.bin', 'docs.pb', 'DOCS.JSON'])(
    'come back from %s',
    async (name) => {
      await saveDocuments(docs(), path(name))
      const back = await loadDocuments(path(name))
      expect(back).toBeInstanceOf(DocumentArray)
      expect(back.map(meaning)).toEqual(docs().map(meaning))
    },
  )

  it('keep type, sparsity and numbers that JSON cannot say in protobuf', async () => {
    const embedding = new SparseNdArray(NdArray.from([[0, 1]]), NdArray.from(Float32Array.of(5)), [1, 2])
    const all = new DocumentArray([new Document({ embedding, tensor: Float32Array.of(Number.NaN, -1 / 0) })])
    await saveDocuments(all, path('odd.pb'))
    const [back] = await loadDocuments(path('odd.pb'))
    expect(back?.embedding).toBeInstanceOf(SparseNdArray)
    const tensor = back?.tensor as NdArray
    expect([tensor.toNested(), tensor.dtype]).toEqual([[Number.NaN, -1 / 0], 'f4'])
  })

  it('are what docarray reads, in protobuf', async () => {
    await saveDocuments(docs(), path('array.bin'))
    const array = docarray.DocumentArrayProto.decode(readFileSync(path('array.bin')))
    expect(array.docs?.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('are in the format that is asked for, whatever the name', async () => {
    await saveDocuments(docs(), path('data.txt'), 'ndjson')
    expect(readFileSync(path('data.txt'), 'utf8').split('\n')).toHaveLength(5)
    expect((await loadDocuments(path('data.txt'), 'ndjson')).ids).toEqual(['a', 'b', 'c', 'd'])
  })

  it.each(['json', 'ndjson', 'protobuf'] as const)('may be none, in %s', (format) => {
    const none = encodeDocuments(new DocumentArray(), format)
    expect(decodeDocuments(typeof none === 'string' ? new TextEncoder().encode(none) : none, format)).toHaveLength(0)
  })

  it('may come with a byte order mark, line ends of Windows and empty lines', () => {
    const text = '\ufeff{"text": "a"}\r\n\r\n{"text": "b"}\r\n'
    expect(decodeDocuments(new TextEncoder().encode(text), 'ndjson').texts).toEqual(['a', 'b'])
  })

  it.each<[string, string | Uint8Array, RegExp]>([
    ['x.ndjson', '{"text": "a"}\n{"text": "b"}, {"text": "c"}\n', /line 2: 2 documents where one was expected/],
    ['x.ndjson', '{}\n\n{"text": []}', /line 3: 0\.text: str type expected/],
    ['x.json', '{"text": "a"}', /documents are a JSON list/],
    ['x.json', '[', /not JSON/],
    ['x.json', Uint8Array.of(0xff, 0xfe, 0), /malformed text/],
    ['x.pb', '{"text": "a"}', /malformed DocumentArray/],
    ['x.txt', '', /does not say its format.*\.ndjson/],
    ['json', '', /does not say its format/],
  ])('%s: a file that is none is refused', async (name, content, message) => {
    writeFileSync(path(name), content)
    await expect(loadDocuments(path(name))).rejects.toThrow(message)
    await expect(loadDocuments(path(name))).rejects.toMatchObject({ codeName: 'INVALID_ARGUMENT' })
  })
})

function meaning(document: Document): object {
  const { id, text, blob, tags, uri, mimeType, weight, scores, parentId, granularity, adjacency } = document
  const numbers = [document.tensor, document.embedding].map(
    (array) => array && [array.toNested(), (array as NdArray).dtype],
  )
  const nested = [document.chunks.map(withoutNewId), document.matches.map(withoutNewId)]
  return {
    id,
    text,
    blob: [...blob],
    tags,
    uri,
    mimeType,
    weight,
    scores,
    parentId,
    granularity,
    adjacency,
    numbers,
    nested,
  }
}

// an id that nobody gave is a new one each time
function withoutNewId(document: Document): object {
  const { id, ...rest } = meaning(document) as { id: string }
  return { ...rest, id: id.length === 32 ? '' : id }
}
