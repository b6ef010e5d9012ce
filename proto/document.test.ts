import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Document } from './document.ts'
import { DocumentArray } from './document-array.ts'
import { NdArray } from './nd-array.ts'
import { SparseNdArray } from './sparse-nd-array.ts'

describe('a document', () => {
  it('has an id of 32 hex digits, and empty fields', () => {
    const document = new Document()
    expect(document.id).toMatch(/^[0-9a-f]{32}$/)
    expect(document.id).toBe(document.id)
    expect([document.text, document.tags, document.tensor, document.chunks.length, document.contentType]).toEqual([
      '',
      {},
      undefined,
      0,
      undefined,
    ])
  })

  it('has one content: setting one clears the others', () => {
    const document = new Document('text')
    document.blob = Uint8Array.of(1)
    expect([document.text, document.contentType]).toEqual(['', 'blob'])
    document.tensor = [1, 2]
    expect([document.blob.length, document.contentType]).toEqual([0, 'tensor'])
    document.content = 'again'
    expect([document.tensor, document.content]).toEqual([undefined, 'again'])
    document.content = Uint8Array.of(2)
    expect(document.contentType).toBe('blob')
    expect(() => new Document({ text: 'a', blob: Uint8Array.of(1) })).toThrow(/one content/)
  })

  it('guesses the type of its uri, unless told', () => {
    expect(new Document({ uri: 'https://x.org/a.png?size=2' }).mimeType).toBe('image/png')
    expect(new Document({ uri: 'a.png', mimeType: 'x/y' }).mimeType).toBe('x/y')
    expect(new Document({ uri: 'nothing' }).mimeType).toBe('')
  })

  it('numbers its chunks and matches', () => {
    const document = new Document({ id: 'd', chunks: [{ chunks: ['deep'] }], matches: ['m'] })
    expect(document.chunks.map(({ parentId, granularity }) => [parentId, granularity])).toEqual([['d', 1]])
    expect(document.chunks[0]?.chunks[0]?.granularity).toBe(2)
    expect(document.matches[0]?.adjacency).toBe(1)
  })

  it('refuses fields that it does not have', () => {
    expect(() => new Document({ txet: 'a' } as never)).toThrow(/no field "txet".*Did you mean "text"/)
    expect(() => new Document({ toString: 'a' } as never)).toThrow(/no field "toString"/)
    expect(() => new Document(JSON.parse('{"__proto__": {}}'))).toThrow(/no field "__proto__"/)
  })

  it('takes fields that are undefined for absent ones', () => {
    const document = new Document({ id: undefined, weight: undefined, text: undefined, location: undefined } as never)
    expect(document.id).toMatch(/^[0-9a-f]{32}$/)
    expect([document.weight, document.text, document.contentType, document.location]).toEqual([0, '', undefined, []])
  })

  it('refuses contents that are none, and stays as it was', () => {
    const document = new Document('text')
    for (const change of [
      () => (document.text = 5 as never),
      () => (document.blob = 'x' as never),
      () => (document.tensor = ['x'] as never),
      () => (document.content = [[1], []]),
    ])
      expect(change).toThrow(expect.objectContaining({ codeName: 'INVALID_ARGUMENT' }))
    expect(document.text).toBe('text')
    document.text = undefined as never
    expect([document.text, document.contentType]).toEqual(['', undefined])
    expect(new Document({ blob: new Uint8Array(0) }).contentType).toBeUndefined()
  })

  it('clones to one that can be changed alone', () => {
    const document = new Document({ text: 'a', tags: { deep: { n: 1 } }, chunks: ['c'], location: [1] })
    const clone = document.clone()
    ;(clone.tags.deep as { n: number }).n = 2
    clone.chunks.texts = ['changed']
    clone.location.push(2)
    clone.text = 'b'
    expect([document.tags, document.chunks.texts, document.location, document.text]).toEqual([
      { deep: { n: 1 } },
      ['c'],
      [1],
      'a',
    ])
    expect(clone.id).toBe(document.id)
  })

  it('shows its fields', () => {
    expect(inspect(new Document({ id: 'd', text: 'hello', tags: { a: 1 } }))).toBe(
      "Document { id: 'd', text: 'hello', tags: { a: 1 } }",
    )
    expect(inspect(new Document({ id: 'd', tensor: [1.5], chunks: ['c'] }))).toBe(
      "Document {\n  id: 'd',\n  tensor: NdArray float64[1] [ 1.5 ],\n  chunks: DocumentArray (length=1)\n}",
    )
    expect(`${new Document({ id: 'd', text: 'x' })}`).toBe('Document (id=d, text)')
  })
})

describe('a DocumentArray', () => {
  const docs = () =>
    new DocumentArray([
      new Document({ id: 'a', text: 'A', chunks: [{ id: 'c', text: 'C', matches: ['M'] }] }),
      new Document({ id: 'b', tensor: [1] }),
    ])

  it('is an array, and prints as docarray does', () => {
    expect(Array.isArray(docs())).toBe(true)
    expect(`${docs()}`).toBe('DocumentArray (length=2)')
    expect(inspect(docs())).toBe('DocumentArray (length=2)')
    expect(docs().slice(1)).toBeInstanceOf(DocumentArray)
    expect(docs().filter(({ text }) => text)).toBeInstanceOf(DocumentArray)
    expect(docs().concat(docs())).toHaveLength(4)
    expect(docs().map(({ id }) => id)).toEqual(['a', 'b'])
  })

  it('has views of all its documents', () => {
    const all = docs()
    expect([all.texts, all.ids, all.get('b')?.id, all.get('x')]).toEqual([['A', ''], ['a', 'b'], 'b', undefined])
    all.embeddings = [NdArray.from([1]), NdArray.from([2])]
    expect(all.embeddings.map((embedding) => embedding?.toNested())).toEqual([[1], [2]])
    expect(() => (all.texts = ['one'])).toThrow(/1 texts for 2 documents/)
  })

  it('is walked by paths', () => {
    expect(docs().traverse('@r').ids).toEqual(['a', 'b'])
    expect(docs().traverse('@c').texts).toEqual(['C'])
    expect(docs().traverse('@cm').texts).toEqual(['M'])
    expect(docs().traverse('@r,c').ids).toEqual(['a', 'b', 'c'])
    expect(() => docs().traverse('@x')).toThrow(/no path/)
  })

  it.each(['json', 'ndjson', 'pb'])('is saved and loaded as .%s', async (extension) => {
    const file = join(mkdtempSync(join(tmpdir(), 'sluice-')), `docs.${extension}`)
    const all = docs()
    all.embeddings = [NdArray.from(Float64Array.of(1, 2)), NdArray.from([3])]
    await all.save(file)
    const back = await DocumentArray.load(file)
    expect(back.map(({ id, text, chunks }) => [id, text, chunks.texts])).toEqual([
      ['a', 'A', ['C']],
      ['b', '', []],
    ])
    expect(back.embeddings.map((embedding) => (embedding as NdArray).dtype)).toEqual(['f8', 'i8'])
  })

  it('says which line of a file is wrong, and what a name does not say', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'sluice-')), 'docs.ndjson')
    writeFileSync(file, '{"text": "a"}\n\n{"text": []}\n')
    await expect(DocumentArray.load(file)).rejects.toThrow(/line 3: 0\.text: str type expected/)
    await expect(docs().save('docs.txt')).rejects.toThrow(/does not say its format.*\.ndjson/)
  })
})

describe('a tensor', () => {
  it('takes its type from what it is made of', () => {
    const typestr = (values: never) => NdArray.from(values).typestr
    const typed = [
      new Float32Array(1),
      new Float64Array(1),
      new Int8Array(1),
      new Int16Array(1),
      new Int32Array(1),
      new BigInt64Array(1),
      new Uint8Array(1),
      new Uint16Array(1),
      new Uint32Array(1),
      new BigUint64Array(1),
    ]
    expect(typed.map((values) => typestr(values as never))).toEqual([
      '<f4',
      '<f8',
      '|i1',
      '<i2',
      '<i4',
      '<i8',
      '|u1',
      '<u2',
      '<u4',
      '<u8',
    ])
    expect([[1, 2], [1.5], [true], [], [2n]].map((values) => typestr(values as never))).toEqual([
      '<i8',
      '<f8',
      '|b1',
      '<f8',
      '<i8',
    ])
    expect(
      NdArray.from([
        [1.5, 2],
        [3, 4],
      ]).shape,
    ).toEqual([2, 2])
  })

  it('reads numbers of either byte order, at any offset', () => {
    const big = new NdArray('>f4', [1], Uint8Array.of(0x3f, 0x80, 0, 0))
    expect([...(big.data as Float32Array)]).toEqual([1])
    const unaligned = new Uint8Array(9)
    new DataView(unaligned.buffer).setFloat64(1, 2.5, true)
    expect([...(new NdArray('<f8', [1], unaligned.subarray(1)).data as Float64Array)]).toEqual([2.5])
    expect(new NdArray('<f4', [2], new Uint8Array(0)).toNested()).toEqual([0, 0])
  })

  it('widens half floats, all 65536 of them, and narrows them again', () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, i) => i)
    const half = new NdArray('<f2', [65536], new Uint8Array(bits.buffer))
    const again = NdArray.from(half.data as Float32Array, { dtype: 'f2' })
    const back = new Uint16Array(again.bytes.buffer, again.bytes.byteOffset, 65536)
    const differing = [...bits].filter(
      (bit) => back[bit] !== bit && !Number.isNaN((half.data as Float32Array)[bit] as number),
    )
    expect(differing).toEqual([])
    expect([...(half.data as Float32Array).subarray(0x3c00, 0x3c02)]).toEqual([1, 1.0009765625])
  })

  it.each<[string, () => unknown]>([
    ['ragged lists', () => NdArray.from([[1], [1, 2]])],
    ['mixed depths', () => NdArray.from([1, [2]] as never)],
    ['texts', () => NdArray.from(['a'] as never)],
    ['a shape that does not fit', () => NdArray.from([1, 2, 3], { shape: [2, 2] })],
    ['bytes that do not fit', () => new NdArray('<f4', [2], new Uint8Array(4)).data],
    ['a type that is no number', () => new NdArray('<U5', [1], new Uint8Array(20)).data],
  ])('refuses %s', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ codeName: 'INVALID_ARGUMENT' }))
  })

  it('may be sparse, as scipy or torch lay it out', () => {
    const values = NdArray.from(Float32Array.of(5, 6))
    const scipy = new SparseNdArray(
      NdArray.from([
        [0, 1],
        [2, 0],
      ]),
      values,
      [3, 2],
    )
    const torch = new SparseNdArray(
      NdArray.from([
        [0, 2],
        [1, 0],
      ]),
      values,
      [3, 2],
      'torch',
    )
    for (const sparse of [scipy, torch])
      expect(sparse.toNested()).toEqual([
        [0, 5],
        [0, 0],
        [6, 0],
      ])
  })
})
