import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeRequest, encodeRequest } from './codec/protobuf.ts'
import { Document } from './document.ts'
import { DocumentArray } from './document-array.ts'
import { FileData } from './file-data.ts'
import type { NdArray } from './nd-array.ts'
import { DataRequest } from './request.ts'
import { carriedValue, decodeValue, encodeValue } from './typed-value.ts'

const carried = (value: unknown) =>
  decodeValue(decodeRequest(encodeRequest(new DataRequest({ docs: encodeValue(value) }))).docs)

describe('a value as documents', () => {
  it('comes back as it was, whatever JSON can say', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const sent = JSON.parse(JSON.stringify(value))
        expect(carried(sent)).toEqual(sent)
      }),
    )
  })

  it('keeps files, bytes and tensors at their places, under any names', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 3 }), (keys) => {
        const part = new FileData('x', { name: 'a.txt' })
        const value = keys.reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), [1, part])
        const found = keys.reduce<unknown>((at, key) => Object.getOwnPropertyDescriptor(at, key)?.value, carried(value))
        const [one, { name, bytes }] = found as [number, FileData]
        expect([one, name, [...bytes]]).toEqual([1, 'a.txt', [120]])
      }),
    )
    expect([...(carried(new Uint8Array([7])) as Uint8Array)]).toEqual([7])
    expect((carried(new Float32Array([1, 2])) as NdArray).dtype).toBe('f4')
  })

  it('leaves what it is given as it is', () => {
    const value = { file: new FileData('x'), list: [new Uint8Array(1)] }
    encodeValue(value)
    expect(value.file).toBeInstanceOf(FileData)
    expect(value.list[0]).toBeInstanceOf(Uint8Array)
  })

  it('is passed on without a look where it is text or JSON', () => {
    expect(carriedValue(encodeValue('a "text"'))).toEqual({ kind: 'text', text: 'a "text"' })
    expect(carriedValue(encodeValue({ a: 1 }))).toEqual({ kind: 'json', text: '{"a":1}' })
    expect(carriedValue(new DocumentArray())).toEqual({ kind: 'json', text: 'null' })
  })

  it('is refused where JSON cannot say it', () => {
    const round: Record<string, unknown> = {}
    round.self = round
    for (const value of [round, { big: 1n }]) {
      expect(() => encodeValue(value)).toThrow(expect.objectContaining({ codeName: 'INVALID_ARGUMENT' }))
    }
  })

  it.each([
    ['a part that stands nowhere', { a: 1 }, ['/b'], 1],
    ['a part inside a number', { a: 1 }, ['/a/b'], 1],
    ['a part in what an object inherits', {}, ['/constructor/prototype/x'], 1],
    ['fewer places than parts', {}, [], 1],
    ['more places than parts', { a: null, b: null }, ['/a', '/b'], 1],
  ])('is refused with %s', (_, value, parts, count) => {
    const first = new Document({ text: JSON.stringify(value), tags: { parts } })
    const docs = new DocumentArray([
      first,
      ...Array.from({ length: count }, () => new Document({ blob: new Uint8Array(1) })),
    ])
    expect(() => decodeValue(docs)).toThrow(expect.objectContaining({ codeName: 'INVALID_ARGUMENT' }))
  })
})

describe('a file', () => {
  it('has a name without folders, and a type by it', () => {
    const { name, type } = new FileData('x', { name: '../../etc/a.png' })
    expect([name, type]).toEqual(['a.png', 'image/png'])
    expect(new FileData('x', { name: 'C:\\b.bin' }).name).toBe('b.bin')
    expect(new FileData('x').type).toBe('application/octet-stream')
  })

  it('is made of what browsers have', async () => {
    const file = await FileData.from(new File(['hello'], 'a.txt', { type: 'text/x' }))
    expect([file.name, file.type, file.text(), file.size]).toEqual(['a.txt', 'text/x', 'hello', 5])
  })
})
