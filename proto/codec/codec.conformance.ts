import { describe, expect, it } from 'vitest'
import { Document } from '../document.ts'
import { DocumentArray } from '../document-array.ts'
import type { DType } from '../dtype.ts'
import { NdArray } from '../nd-array.ts'
import { DataRequest, type DataRequestInit } from '../request.ts'
import { SparseNdArray } from '../sparse-nd-array.ts'

/** What a codec needs to be tested: a request to bytes or text, and back. */
export interface CodecUnderTest<Encoded> {
  readonly name: string
  encode(request: DataRequest): Encoded
  decode(encoded: Encoded): DataRequest
  /** Fixtures that cannot survive here, with the reason. */
  readonly skip?: readonly { reason: string; tests: readonly string[] }[]
}

const dtypes: DType[] = ['f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'b1']
const tensorOf = (dtype: DType) => NdArray.from([0, 1, 1, 0, 1, 0], { dtype, shape: [2, 3] })
const one = (init: ConstructorParameters<typeof Document>[0]) => ({ docs: new DocumentArray([new Document(init)]) })

/** Requests that every codec carries there and back. */
export const fixtures: Record<string, () => DataRequestInit> = {
  'no documents': () => ({ docs: new DocumentArray() }),
  'a text in any script': () => one({ text: 'ünïcode 你好 😀 \u0000 \n "q" \\' }),
  bytes: () => one({ blob: Uint8Array.from({ length: 300 }, (_, i) => i % 256) }),
  'four million bytes': () => one({ blob: new Uint8Array(4_000_000).fill(7) }),
  floats: () => one({ embedding: Float64Array.of(0.1, -1.5, 1e300, 5e-324) }),
  'floats that are whole': () => one({ embedding: Float64Array.of(1, 2, 3) }),
  'whole numbers': () =>
    one({
      tensor: [
        [1, 2],
        [3, 4],
      ],
    }),
  'a number without dimensions': () => one({ tensor: NdArray.from([2.5], { shape: [] }) }),
  'an empty tensor': () => one({ tensor: NdArray.from(new Float64Array(0), { shape: [0] }) }),
  'nested tags': () =>
    one({ tags: { n: 1.5, deep: { list: [1, 'two', { three: null }], no: false }, '': 'empty key' } }),
  'keys that JavaScript knows': () =>
    one({ tags: JSON.parse('{"__proto__": {"x": 1}, "constructor": 2, "toString": 3}') }),
  'every plain field': () =>
    one({
      id: 'd',
      uri: 'a.png',
      mimeType: 'image/webp',
      weight: 0.5,
      offset: 2,
      location: [1, 2.5],
      modality: 'text',
      granularity: 3,
      adjacency: 4,
      parentId: 'p',
      metadata: { k: [1] },
    }),
  scores: () =>
    one({
      scores: { cos: { value: 0.5, opName: 'o', description: 'd', refId: 'r' }, zero: { value: 0 } },
      evaluations: { p: { value: 0.25 } },
    }),
  'chunks and matches': () =>
    one({
      id: 'd',
      chunks: [{ id: 'c', text: 'c', chunks: [{ id: 'cc', blob: Uint8Array.of(1) }] }],
      matches: [{ id: 'm', tags: { k: 'v' } }],
    }),
  parameters: () => ({
    parameters: { a: 1, s: 'x', l: [1, [2]], o: { k: null }, name__key: true, __results__: { 'a/rep-0': { n: 1 } } },
  }),
  'an endpoint and a target': () => ({ header: { requestId: 'r', execEndpoint: '/x', targetExecutor: 'a.*' } }),
  'a status': () => ({
    header: {
      status: { code: 1, description: 'X(1)', exception: { name: 'X', args: ['1'], stacks: ['a\n'], executor: 'E' } },
    },
    docs: new DocumentArray(),
  }),
  routes: () => ({
    routes: [
      { executor: 'gateway', startTime: 1795522851803.125, endTime: 1795522851804.25 },
      { executor: 'skipped', startTime: 1795522851803.5 },
    ],
    docs: new DocumentArray(),
  }),
  'not a number, infinities, minus zero': () =>
    one({ embedding: Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0) }),
  'large integers': () => one({ tensor: BigInt64Array.of(2n ** 62n, -(2n ** 63n)) }),
  'a sparse tensor': () =>
    one({
      embedding: new SparseNdArray(
        NdArray.from(
          [
            [0, 1],
            [2, 0],
          ],
          { dtype: 'i4' },
        ),
        NdArray.from(Float32Array.of(5, 6)),
        [3, 2],
      ),
    }),
  ...Object.fromEntries(dtypes.map((dtype) => [`a tensor of ${dtype}`, () => one({ tensor: tensorOf(dtype) })])),
}

/** Runs a codec over all fixtures. */
export function testCodec<Encoded>({ name, encode, decode, skip = [] }: CodecUnderTest<Encoded>): void {
  const skipped = new Set(skip.flatMap(({ tests }) => tests))

  describe(`codec ${name} carries there and back`, () => {
    it('all fixtures but those it names, which there are', () => {
      expect([...skipped].filter((title) => !Object.hasOwn(fixtures, title))).toEqual([])
    })

    for (const [title, make] of Object.entries(fixtures)) {
      const test = () => {
        const request = new DataRequest(make())
        const back = decode(encode(request))
        expect(plain(back)).toEqual(plain(request))
        // and once more, after every field was read
        expect(plain(decode(encode(back)))).toEqual(plain(request))
      }
      if (skipped.has(title)) it.skip(title, test)
      else it(title, test)
    }
  })
}

/** Everything that a request says, as plain values that can be compared. */
function plain(request: DataRequest) {
  const { header, routes, parameters, docs } = request
  return {
    header: {
      ...header,
      status: header.status ?? null,
      timeout: undefined,
      targetExecutor: header.targetExecutor || undefined,
      execEndpoint: header.execEndpoint || '/',
    },
    routes: routes.map((route) => ({ ...route, status: route.status ?? null })),
    parameters,
    docs: docs.map(plainDocument),
  }
}

function plainDocument(document: Document): object {
  const {
    id,
    text,
    blob,
    tags,
    uri,
    mimeType,
    weight,
    offset,
    location,
    modality,
    granularity,
    adjacency,
    parentId,
    metadata,
    scores,
    evaluations,
  } = document
  const nested = { chunks: document.chunks.map(plainDocument), matches: document.matches.map(plainDocument) }
  const numbers = { tensor: plainTensor(document.tensor), embedding: plainTensor(document.embedding) }
  return {
    id,
    text,
    blob: Buffer.from(blob).toString('base64'),
    tags,
    uri,
    mimeType,
    weight,
    offset,
    location,
    modality,
    granularity,
    adjacency,
    parentId,
    metadata,
    scores,
    evaluations,
    ...nested,
    ...numbers,
  }
}

function plainTensor(tensor: Document['tensor']): object | undefined {
  if (!tensor) return undefined
  if (tensor instanceof SparseNdArray)
    return { dense: tensor.toDense().toNested(), clsName: tensor.clsName, parameters: tensor.parameters }
  return { typestr: tensor.typestr, shape: [...tensor.shape], bytes: [...tensor.bytes] }
}
