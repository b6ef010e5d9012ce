import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type DType, kinds } from './dtype.ts'
import { NdArray } from './nd-array.ts'
import { SparseNdArray } from './sparse-nd-array.ts'

const invalid = expect.objectContaining({ codeName: 'INVALID_ARGUMENT' })
const numbers: Record<DType, (number | bigint | boolean)[]> = {
  f2: [0, 1.5, -65504, 2 ** -24],
  f4: [0, 0.5, Math.fround(-1e30), Number.POSITIVE_INFINITY],
  f8: [0, 0.1, -1e300, 5e-324],
  i1: [0, 127, -128],
  i2: [0, 32767, -32768],
  i4: [0, 2 ** 31 - 1, -(2 ** 31)],
  i8: [0n, 2n ** 63n - 1n, -(2n ** 63n)],
  u1: [0, 255],
  u2: [0, 65535],
  u4: [0, 2 ** 32 - 1],
  u8: [0n, 2n ** 64n - 1n],
  b1: [true, false, true],
}
const dtypes = Object.keys(numbers) as DType[]
const read = (array: NdArray) => Array.from(array.data as ArrayLike<number | bigint>)

describe('a tensor', () => {
  it.each(dtypes)('of %s keeps the smallest and the largest number', (dtype) => {
    const array = NdArray.from(numbers[dtype], { dtype })
    expect(array.dtype).toBe(dtype)
    expect(read(array)).toEqual(dtype === 'b1' ? [1, 0, 1] : numbers[dtype])
    expect(array.toNested()).toEqual(numbers[dtype].map((value) => (typeof value === 'bigint' ? Number(value) : value)))
  })

  it.each(dtypes)('of %s is the same in either byte order, at any offset', (dtype) => {
    const little = NdArray.from(numbers[dtype], { dtype })
    const width = kinds[dtype].BYTES_PER_ELEMENT
    for (let offset = 0; offset < 8; offset++) {
      const frame = new Uint8Array(offset + little.bytes.length)
      const bytes = frame.subarray(offset)
      bytes.set(little.bytes)
      expect(read(new NdArray(little.typestr, little.shape, bytes))).toEqual(read(little))
      for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse()
      const sent = Uint8Array.from(bytes)
      expect(read(new NdArray(`>${dtype}`, little.shape, bytes))).toEqual(read(little))
      expect(bytes).toEqual(sent)
    }
  })

  it('is a view of the bytes it came in where they are aligned', () => {
    const bytes = new Uint8Array(Float32Array.of(1, 2).buffer)
    expect(new NdArray('<f4', [2], bytes).data.buffer).toBe(bytes.buffer)
  })

  it('has any number of dimensions, none and empty ones too', () => {
    expect(NdArray.from([7], { shape: [] }).toNested()).toBe(7)
    expect(NdArray.from(Uint8Array.of(1, 2, 3, 4), { shape: [2, 1, 2] }).toNested()).toEqual([[[1, 2]], [[3, 4]]])
    expect(NdArray.from([]).toNested()).toEqual([])
    expect(NdArray.from([[], []]).shape).toEqual([2, 0])
    expect(NdArray.from([[], []]).toNested()).toEqual([[], []])
    expect(NdArray.from(new Float32Array(0), { shape: [0, 3] }).toNested()).toEqual([])
  })

  it('takes pixels of a canvas, and refuses views of bytes that are no numbers', () => {
    expect(NdArray.from(Uint8ClampedArray.of(255, 0) as never).toNested()).toEqual([255, 0])
    expect(NdArray.from(Buffer.of(1, 2)).typestr).toBe('|u1')
    expect(() => NdArray.from(new DataView(new ArrayBuffer(2)) as never)).toThrow(invalid)
  })

  it('holds the large integers that its list holds', () => {
    const large = NdArray.from([2n ** 63n, 1n])
    expect([large.dtype, read(large)]).toEqual(['u8', [2n ** 63n, 1n]])
    expect(() => NdArray.from([2n ** 64n])).toThrow(invalid)
    expect(() => NdArray.from([2n ** 63n, -1n])).toThrow(invalid)
  })

  it('makes bits of numbers when it is to hold booleans', () => {
    expect([...NdArray.from([0, 5, true], { dtype: 'b1' }).bytes]).toEqual([0, 1, 1])
  })

  it.each<[string, () => unknown]>([
    ['a number that the type cannot hold', () => NdArray.from([300], { dtype: 'u1' })],
    ['a negative number where there are none', () => NdArray.from([-1], { dtype: 'u4' })],
    ['a fraction among integers', () => NdArray.from([1.5], { dtype: 'i4' })],
    ['a fraction among large integers', () => NdArray.from([1.5], { dtype: 'i8' })],
    ['not a number among large integers', () => NdArray.from([Number.NaN], { dtype: 'u8' })],
    ['a type it does not know', () => NdArray.from([1], { dtype: 'f3' as never })],
    ['lists of unequal length', () => NdArray.from([[1], []])],
    ['lists of unequal length, empty first', () => NdArray.from([[], [1]])],
    ['a list among numbers', () => NdArray.from([[1], 2])],
    ['lists of unequal depth', () => NdArray.from([[1], [[2]]])],
    ['holes and nulls', () => NdArray.from([1, null] as never)],
    ['negative lengths', () => NdArray.from([1, 2, 3, 4], { shape: [-2, -2] })],
    ['lengths that are no whole numbers', () => NdArray.from([1, 2], { shape: [0.5, 4] })],
    ['more dimensions than the limit', () => new NdArray('|u1', Array(65).fill(1), new Uint8Array(1)).data],
    ['zeros without end out of no bytes', () => new NdArray('<f4', [2 ** 31, 2 ** 31], new Uint8Array(0)).data],
    ['empty lists without end', () => new NdArray('<f4', [2 ** 31, 0], new Uint8Array(0)).data],
  ])('refuses %s', (_, make) => {
    expect(make).toThrow(invalid)
  })

  it('shows its type, shape and first numbers', () => {
    expect(inspect(NdArray.from(Float32Array.of(1, 2.5)))).toBe('NdArray float32[2] [ 1, 2.5 ]')
    expect(inspect(NdArray.from([[true], [false]]))).toBe('NdArray bool[2,1] [ true, false ]')
    expect(inspect(NdArray.from(new Float64Array(1000)))).toBe('NdArray float64[1000] [ 0, 0, 0, 0, 0, 0, … ]')
    expect(inspect(NdArray.from([3], { shape: [] }))).toBe('NdArray int64[] [ 3 ]')
    expect(inspect(new NdArray('<U5', [1], new Uint8Array(20)))).toBe('NdArray <U5[1]')
    expect(inspect(new NdArray('<f4', [3], new Uint8Array(1)))).toBe('NdArray float32[3]')
  })

  it('keeps no frame alive once detached', () => {
    const frame = new Uint8Array(1000)
    const detached = new NdArray('<f4', [1], frame.subarray(4, 8)).detach()
    expect(detached.bytes.buffer.byteLength).toBe(4)
  })
})

describe('a sparse tensor', () => {
  const coo = (values: NdArray, clsName = 'scipy', shape = [3, 2]) => {
    const rows = [
      [0, 1],
      [2, 0],
    ]
    const columns = [
      [0, 2],
      [1, 0],
    ]
    return new SparseNdArray(NdArray.from(clsName === 'torch' ? columns : rows), values, shape, clsName)
  }

  it.each(dtypes)('of %s is dense in the same type', (dtype) => {
    for (const clsName of ['scipy', 'tensorflow', 'torch']) {
      const dense = coo(NdArray.from([1, 1], { dtype }), clsName).toDense()
      expect([dense.dtype, dense.shape]).toEqual([dtype, [3, 2]])
      expect(read(dense).map(Number)).toEqual([0, 1, 0, 0, 1, 0])
    }
  })

  it('adds up numbers at the same place, as torch and scipy do', () => {
    const at = NdArray.from([
      [0, 1],
      [0, 1],
    ])
    expect(new SparseNdArray(at, NdArray.from(Float32Array.of(2, 3)), [1, 2]).toNested()).toEqual([[0, 5]])
  })

  it('may hold nothing', () => {
    const none = new SparseNdArray(
      NdArray.from(new BigInt64Array(0), { shape: [0, 2] }),
      NdArray.from(new Float32Array(0)),
      [1, 2],
    )
    expect(none.toNested()).toEqual([[0, 0]])
  })

  it.each<[string, SparseNdArray]>([
    ['numbers outside its shape', coo(NdArray.from([5, 6]), 'scipy', [2, 2])],
    ['numbers at negative places', new SparseNdArray(NdArray.from([[-1]]), NdArray.from([5]), [2])],
    ['a place for each of other numbers', coo(NdArray.from([5, 6, 7]))],
    ['more numbers than a message can carry', coo(NdArray.from([5, 6]), 'scipy', [2 ** 31, 2 ** 31])],
  ])('refuses %s', (_, sparse) => {
    expect(() => sparse.toDense()).toThrow(invalid)
  })

  it('shows its type and shape', () => {
    expect(inspect(coo(NdArray.from(Float32Array.of(5, 6))))).toBe('SparseNdArray float32[3,2] (2 numbers)')
  })
})
