import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Document } from '../document.ts'
import { DocumentArray } from '../document-array.ts'
import { FlowError } from '../flow-error.ts'
import { docarray, jina } from '../gen/messages.js'
import type { JsonObject } from '../json.ts'
import { DataRequest } from '../request.ts'
import type { SparseNdArray } from '../sparse-nd-array.ts'
import { readDocuments, writeDocuments } from './documents.ts'
import { golden } from './fixtures/golden.ts'
import { decodeRequest, decodeStatus, encodeRequest } from './protobuf.ts'
import { newWriter } from './reader.ts'

const bytesField = (number: number, bytes: Uint8Array) =>
  newWriter()
    .uint32((number << 3) | 2)
    .bytes(bytes)
    .finish()
const dataOf = (docs: Uint8Array) => bytesField(4, docs)
const arrayOf = (...docs: docarray.IDocumentProto[]) =>
  bytesField(1, docarray.DocumentArrayProto.encode({ docs }).finish())
const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts))

/** Reads all there is, so that nothing malformed stays unseen. */
function readAll(bytes: Uint8Array): void {
  const request = decodeRequest(bytes)
  void request.ownParameters()
  const walk = (docs: DocumentArray) => {
    for (const document of docs) {
      const { tags, metadata, scores, evaluations, tensor, embedding, location } = document
      void [tags, metadata, scores, evaluations, tensor, embedding, location]
      walk(document.chunks)
      walk(document.matches)
    }
  }
  walk(request.ownDocs())
}

function codeOf(action: () => void): string {
  try {
    action()
    return 'read'
  } catch (error) {
    return FlowError.is(error) ? error.codeName : `not a FlowError: ${error}`
  }
}

describe('golden messages, written by generated code', () => {
  it.each(Object.keys(golden))('%s: the file is what generated code writes', (name) => {
    const written = jina.DataRequestProto.encode(golden[name] as jina.IDataRequestProto).finish()
    expect(Buffer.from(written).equals(readFileSync(fixture(name)))).toBe(true)
  })

  it.each(Object.keys(golden))('%s: is written back as it was, untouched and after it was read', (name) => {
    const bytes = new Uint8Array(readFileSync(fixture(name)))
    expect(meaning(encodeRequest(decodeRequest(bytes)))).toEqual(meaning(bytes))
    const request = decodeRequest(bytes)
    void request.parameters
    for (const document of request.docs)
      void [document.tags, document.scores, document.chunks, document.matches, document.tensor, document.metadata]
    expect(meaning(encodeRequest(request))).toEqual(meaning(bytes))
  })

  it('are all here', () => {
    const files = readdirSync(new URL('fixtures', import.meta.url)).filter((file) => file.endsWith('.bin'))
    expect(files.map((file) => file.replace('.bin', '')).sort()).toEqual(Object.keys(golden).sort())
  })
})

describe('requests of any content', () => {
  const double = fc.double({ noNaN: true }).map((value) => value + 0)
  const float = fc.float({ noNaN: true }).map((value) => value + 0)
  const text = fc.string({ unit: 'grapheme' })
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.record({ nullValue: fc.constant(0) }),
      fc.record({ numberValue: double }),
      fc.record({ stringValue: text }),
      fc.record({ boolValue: fc.boolean() }),
      fc.record({ listValue: fc.record({ values: fc.array(tie('value'), { maxLength: 3 }) }) }),
      fc.record({ structValue: fc.record({ fields: fc.dictionary(text, tie('value'), { maxKeys: 3 }) }) }),
    ),
  })).value
  const struct = fc.record({ fields: fc.dictionary(text, value, { minKeys: 1, maxKeys: 3 }) })
  const dense = fc.array(float, { maxLength: 4 }).map((list) => ({
    dense: { buffer: new Uint8Array(Float32Array.from(list).buffer), shape: [list.length], dtype: '<f4' },
    clsName: 'numpy',
  }))
  const scores = fc.dictionary(text, fc.record({ value: float, opName: text, description: text, refId: text }), {
    maxKeys: 2,
  })
  const uint = fc.nat({ max: 2 ** 31 - 1 })
  const document = fc.letrec((tie) => ({
    document: fc
      .tuple(
        fc.oneof(
          fc.record({ text }),
          fc.record({ blob: fc.uint8Array({ maxLength: 8 }) }),
          fc.record({ tensor: dense }),
        ),
        fc.record(
          {
            granularity: uint,
            adjacency: uint,
            parentId: text,
            weight: float,
            uri: text,
            modality: text,
            mimeType: text,
            offset: float,
            location: fc.array(float, { maxLength: 3 }),
            chunks: fc.array(tie('document'), { maxLength: 2 }),
            matches: fc.array(tie('document'), { maxLength: 2 }),
            embedding: dense,
            tags: struct,
            scores,
            evaluations: scores,
            _metadata: struct,
          },
          { requiredKeys: [] },
        ),
        fc.record({ id: fc.string({ minLength: 1 }) }),
      )
      .map((parts) => Object.assign({}, ...parts)),
  })).document as fc.Arbitrary<docarray.IDocumentProto>
  const request = fc.record(
    {
      header: fc.record({ requestId: text, execEndpoint: text, targetExecutor: text }),
      parameters: struct,
      data: fc.record({ docs: fc.record({ docs: fc.array(document, { maxLength: 3 }) }) }),
    },
    { requiredKeys: ['header'] },
  ) as fc.Arbitrary<jina.IDataRequestProto>

  it('are read as generated code reads them, and written so that it reads the same', () => {
    fc.assert(
      fc.property(request, (message) => {
        const bytes = jina.DataRequestProto.encode(message).finish()
        const ours = decodeRequest(bytes)
        const theirs = jina.DataRequestProto.decode(bytes)
        for (const [i, proto] of (theirs.data?.docs?.docs ?? []).entries()) compare(ours.docs[i] as Document, proto)
        expect(ours.docs).toHaveLength(theirs.data?.docs?.docs?.length ?? 0)
        // chunks and matches are numbered by their owner once somebody had them in hand: this one nobody had
        expect(meaning(encodeRequest(decodeRequest(bytes)))).toEqual(meaning(bytes))
      }),
      { numRuns: 300 },
    )
  })

  function compare(ours: Document, theirs: docarray.IDocumentProto): void {
    const { fields } = ours
    expect([fields.id, fields.text, fields.granularity, fields.adjacency]).toEqual([
      theirs.id ?? '',
      theirs.text ?? '',
      theirs.granularity ?? 0,
      theirs.adjacency ?? 0,
    ])
    expect([fields.parentId, fields.uri, fields.modality, fields.mimeType, fields.weight, fields.offset]).toEqual([
      theirs.parentId ?? '',
      theirs.uri ?? '',
      theirs.modality ?? '',
      theirs.mimeType ?? '',
      theirs.weight ?? 0,
      theirs.offset ?? 0,
    ])
    expect([...(fields.blob ?? [])]).toEqual([...(theirs.blob ?? [])])
    expect(fields.location ?? []).toEqual(theirs.location ?? [])
    const copy = ours.clone()
    expect([copy.chunks.length, copy.matches.length]).toEqual([theirs.chunks?.length ?? 0, theirs.matches?.length ?? 0])
    expect(Object.keys(copy.scores).sort()).toEqual(Object.keys(theirs.scores ?? {}).sort())
    expect(copy.tags).toEqual(plainStruct(theirs.tags))
    expect(copy.metadata).toEqual(plainStruct(theirs._metadata))
    expect(copy.embedding?.toNested()).toEqual(
      theirs.embedding?.dense && [...new Float32Array(Uint8Array.from(theirs.embedding.dense.buffer ?? []).buffer)],
    )
  }
})

describe('bytes that are no request', () => {
  const whole = new Uint8Array(readFileSync(fixture('everything')))

  it('are refused or read at every length they are cut to', () => {
    for (let length = 0; length < whole.length; length++) {
      expect(['read', 'INVALID_ARGUMENT']).toContain(codeOf(() => readAll(whole.slice(0, length))))
    }
  })

  it('are refused or read with any byte changed', () => {
    for (let at = 0; at < whole.length; at++) {
      for (const byte of [0, 0xff, (whole[at] as number) ^ 1, (whole[at] as number) ^ 0x80]) {
        const changed = whole.slice()
        changed[at] = byte
        expect(['read', 'INVALID_ARGUMENT']).toContain(codeOf(() => readAll(changed)))
      }
    }
  })

  it('are refused or read whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const input of [bytes, bytesField(2, bytes), dataOf(bytes), dataOf(bytesField(1, bytesField(1, bytes)))])
          expect(['read', 'INVALID_ARGUMENT']).toContain(codeOf(() => readAll(input)))
      }),
      { numRuns: 1000 },
    )
  })

  it.each<[string, Uint8Array]>([
    ['a Python pickle', dataOf(bytesField(2, Uint8Array.of(0x80, 4)))],
    ['a Python pickle behind documents', dataOf(joined(arrayOf({}), bytesField(2, Uint8Array.of(0x80, 4))))],
    ['a field longer than the message', Uint8Array.of(34, 0xff, 0xff, 0xff, 0xff, 0x0f)],
    ['a document longer than its array', dataOf(Uint8Array.of(10, 2, 10, 0x7f))],
    ['a length without end', Uint8Array.of(34, ...Array(11).fill(0xff))],
    ['half a float in a location', dataOf(bytesField(1, bytesField(1, Uint8Array.of(106, 3, 0, 0, 0, 16, 1))))],
    ['an entry longer than its struct', bytesField(2, Uint8Array.of(10, 5, 10, 1, 97))],
    ['a value longer than its entry', bytesField(2, Uint8Array.of(10, 5, 10, 1, 97, 18, 4, 26, 0, 0, 0))],
    ['a group without end', Uint8Array.of(0x0b, 0x0b, 0x0b)],
    ['a tensor without numbers', dataOf(arrayOf({ tensor: { clsName: 'numpy' } }))],
    ['a sparse tensor without values', dataOf(arrayOf({ tensor: { sparse: { shape: [1] } } }))],
  ])('are refused: %s', (_, bytes) => {
    expect(codeOf(() => readAll(bytes))).toBe('INVALID_ARGUMENT')
  })

  it.each<[string, () => Uint8Array]>([
    [
      'chunks',
      () =>
        dataOf(
          bytesField(
            1,
            bytesField(
              1,
              nested(10_000, (inner) => bytesField(14, inner)),
            ),
          ),
        ),
    ],
    [
      'structs',
      () =>
        bytesField(
          2,
          nested(10_000, (inner) => entry(bytesField(5, inner))),
        ),
    ],
    ['lists', () => bytesField(2, entry(nested(10_000, (inner) => bytesField(6, bytesField(1, inner)))))],
    ['groups', () => new Uint8Array(100_000).fill(0x0b)],
    [
      'structs of a sparse tensor',
      () => {
        const parameters = nested(10_000, (inner) => entry(bytesField(5, inner)))
        const sparse = bytesField(2, joined(bytesField(1, new Uint8Array(0)), bytesField(2, new Uint8Array(0))))
        return dataOf(bytesField(1, bytesField(1, bytesField(3, joined(sparse, bytesField(4, parameters))))))
      },
    ],
  ])('are refused soon: %s nested 10,000 levels', (_, make) => {
    const bytes = make()
    const start = performance.now()
    expect(codeOf(() => encodeRead(bytes))).toBe('INVALID_ARGUMENT')
    expect(performance.now() - start).toBeLessThan(2_000)
  })

  it('leave the documents beside them readable', () => {
    const docs = [{ text: 'good' }, { tensor: { clsName: 'numpy' } }]
    const request = decodeRequest(dataOf(arrayOf(...docs)))
    expect(request.docs[0]?.text).toBe('good')
    expect(codeOf(() => request.docs[1]?.tensor)).toBe('INVALID_ARGUMENT')
  })

  it('are refused as a status too', () => {
    expect(codeOf(() => decodeStatus(Uint8Array.of(18, 200)))).toBe('INVALID_ARGUMENT')
  })
})

describe('what the wire allows', () => {
  it('is read in pieces: documents of one array that comes as two', () => {
    const request = decodeRequest(dataOf(joined(arrayOf({ text: 'a' }), arrayOf({ text: 'b' }))))
    expect(request.docs.texts).toEqual(['a', 'b'])
  })

  it('has one content, the last', () => {
    const document = joined(bytesField(4, Buffer.from('text')), bytesField(2, Uint8Array.of(1)))
    const [read] = decodeRequest(dataOf(bytesField(1, bytesField(1, document)))).docs
    expect([read?.contentType, read?.text]).toEqual(['blob', ''])
  })

  it('has fields that nobody knows yet, which are carried on', () => {
    const unknown = joined(bytesField(4, Buffer.from('text')), bytesField(99, Uint8Array.of(1)))
    const bytes = dataOf(bytesField(1, bytesField(1, unknown)))
    expect(decodeRequest(bytes).docs.texts).toEqual(['text'])
    expect(Buffer.from(encodeRequest(decodeRequest(bytes))).includes(Buffer.from(unknown))).toBe(true)
  })

  it('has keys that are keys and nothing else', () => {
    const tags = JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}')
    const scores = JSON.parse('{"__proto__": {"value": 2}}')
    const sent = new DataRequest({ docs: new DocumentArray([new Document({ tags, scores })]), parameters: tags })
    const back = decodeRequest(encodeRequest(sent))
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect(Object.keys(back.parameters)).toEqual(['__proto__', 'constructor'])
    expect(back.docs[0]?.tags).toEqual(tags)
    expect(Object.keys(back.docs[0]?.scores ?? {})).toEqual(['__proto__'])
    expect((back.parameters as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('has times to the microsecond, before and after a whole second', () => {
    for (const time of [1795522851999.9995, 1795522851999.999, 1795522851000, 0, 0.001]) {
      const bytes = encodeRequest(new DataRequest({ routes: [{ executor: 'a', startTime: time }] }))
      const nanos = jina.DataRequestProto.decode(bytes).routes?.[0]?.startTime?.nanos ?? 0
      expect(nanos).toBeLessThan(1e9)
      expect(decodeRequest(bytes).routes[0]?.startTime).toBeCloseTo(time, 2)
    }
  })

  it('takes values that say how they are written, and refuses those that are none', () => {
    const tags = { at: new Date(0), skipped: undefined, large: 5n } as never
    const back = decodeRequest(encodeRequest(new DataRequest({ docs: new DocumentArray([new Document({ tags })]) })))
    expect(back.docs[0]?.tags).toEqual({ at: '1970-01-01T00:00:00.000Z', large: 5 })
    const wrong = { f: () => 1 } as never as JsonObject
    expect(codeOf(() => encodeRequest(new DataRequest({ parameters: wrong })))).toBe('INVALID_ARGUMENT')
  })

  it('keeps the parameters of a sparse tensor', () => {
    const [document] = decodeRequest(new Uint8Array(readFileSync(fixture('sparse')))).docs
    const tensor = document?.embedding as SparseNdArray
    expect([tensor.parameters, tensor.clsName, tensor.toNested()]).toEqual([
      { sparse_format: 'csr' },
      'scipy',
      [
        [0, 5],
        [6, 0],
      ],
    ])
  })

  it('ends somewhere: a document within itself is refused', () => {
    const document = new Document('x')
    document.chunks.push(document)
    expect(codeOf(() => writeDocuments(new DocumentArray([document]), newWriter()))).toBe('INVALID_ARGUMENT')
    expect(readDocuments(new Uint8Array(0))).toHaveLength(0)
  })
})

function fixture(name: string): URL {
  return new URL(`fixtures/${name}.bin`, import.meta.url)
}

// what generated code reads; an empty text in the header is an absent one, and no parameters are none
function meaning(bytes: Uint8Array): object {
  const message = jina.DataRequestProto.decode(new Uint8Array(bytes))
  const { requestId = '', execEndpoint = '', targetExecutor = '', status } = message.header ?? {}
  return {
    ...message,
    header: { requestId, execEndpoint, targetExecutor, status: statusMeaning(status) },
    parameters: { fields: { ...message.parameters?.fields } },
  }
}

function statusMeaning(status: jina.IStatusProto | null | undefined): object {
  return { ...status, exception: { ...status?.exception } }
}

function nested(levels: number, wrap: (inner: Uint8Array) => Uint8Array): Uint8Array {
  let bytes: Uint8Array = new Uint8Array(0)
  for (let i = 0; i < levels; i++) bytes = wrap(bytes)
  return bytes
}

function entry(value: Uint8Array): Uint8Array {
  return bytesField(1, joined(bytesField(1, Buffer.from('k')), bytesField(2, value)))
}

// reads all, and writes all
function encodeRead(bytes: Uint8Array): void {
  readAll(bytes)
  const request = decodeRequest(bytes)
  for (const document of request.docs) void document.chunks
  encodeRequest(request)
}

function plainStruct(struct: docarray.IDocumentProto['tags']): JsonObject {
  const object: JsonObject = {}
  for (const [key, value] of Object.entries(struct?.fields ?? {})) {
    Object.defineProperty(object, key, {
      value: plainValue(value),
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return object
}

function plainValue(value: {
  numberValue?: number | null
  stringValue?: string | null
  boolValue?: boolean | null
  structValue?: docarray.IDocumentProto['tags']
  listValue?: { values?: object[] | null } | null
}): JsonObject[string] {
  if (value.numberValue !== undefined && value.numberValue !== null) return value.numberValue
  if (typeof value.stringValue === 'string') return value.stringValue
  if (typeof value.boolValue === 'boolean') return value.boolValue
  if (value.structValue) return plainStruct(value.structValue)
  return value.listValue ? (value.listValue.values ?? []).map(plainValue) : null
}
