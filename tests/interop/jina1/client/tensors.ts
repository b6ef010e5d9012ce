import { describe, expect, it } from 'vitest'
import { Document, NdArray } from '../../../../client/index.ts'
import { SparseNdArray } from '../../../../proto/index.ts'
import type { Peer } from './peer.ts'

/** What happens to tensors and embeddings on their way. JSON has nested numbers alone: their type, NaN and sparseness are lost in it. */
export function tensors(peer: Peer): void {
  const echo = async (embedding: NdArray, on = '/echo') =>
    (await peer.one(on, new Document({ embedding }))).embedding as NdArray

  describe('tensors', () => {
    it('keep shape and numbers', async () => {
      const tensor = NdArray.from(
        Float32Array.from({ length: 24 }, (_, i) => i / 7),
        { shape: [3, 4, 2] },
      )
      const back = (await peer.one('/echo', new Document({ tensor }))).tensor as NdArray
      expect([back.shape, back.toNested()]).toEqual([[3, 4, 2], tensor.toNested()])
    })

    it('may be lists', async () => {
      const { embedding } = await peer.one('/echo', new Document({ embedding: [1, 2.5] }))
      expect([...(embedding as NdArray).data]).toEqual([1, 2.5])
    })

    it('keep the numbers of every type', async () => {
      for (const dtype of ['f4', 'f8', 'i8', 'u1'] as const) {
        const sent = NdArray.from([0, 1, 2, 3, 4, 5], { dtype, shape: [2, 3] })
        const back = await echo(sent)
        expect([back.shape, back.toNested()], dtype).toEqual([[2, 3], sent.toNested()])
      }
    })
  })

  if (peer.protocol === 'http') return

  describe('tensors in protobuf', () => {
    it('keep their type and bytes', async () => {
      for (const dtype of ['f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'b1'] as const) {
        const sent = NdArray.from([0, 1, 0, 1, 1, 0], { dtype, shape: [2, 3] })
        const back = await echo(sent)
        expect([back.typestr, back.shape, [...back.bytes]], dtype).toEqual([sent.typestr, [2, 3], [...sent.bytes]])
      }
    })

    it('hold NaN, the infinities and minus zero', async () => {
      const sent = NdArray.from(Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0))
      expect([...(await echo(sent)).bytes]).toEqual([...sent.bytes])
    })

    it('may have 20 MB', async () => {
      const numbers = Float64Array.from({ length: 2_500_000 }, (_, i) => Math.sin(i))
      const back = await echo(NdArray.from(numbers, { shape: [2500, 1000] }))
      expect([back.dtype, back.shape]).toEqual(['f8', [2500, 1000]])
      expect(Buffer.compare(back.bytes, Buffer.from(numbers.buffer))).toBe(0)
    })

    it('may be sparse', async () => {
      const ones = NdArray.from(Float64Array.of(1, 1, 1))
      const diagonal = NdArray.from(BigInt64Array.of(0n, 0n, 1n, 1n, 2n, 2n), { shape: [3, 2] })
      const embedding = new SparseNdArray(diagonal, ones, [3, 3], 'scipy', { sparse_format: 'csr' })
      // executors there would need scipy to read it, so none does
      const back = (await peer.one('/nowhere', new Document({ embedding }))).embedding as SparseNdArray
      expect(back).toBeInstanceOf(SparseNdArray)
      expect(back.parameters).toEqual({ sparse_format: 'csr' })
      expect(back.toDense().toNested()).toEqual([
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ])
    })
  })
}
