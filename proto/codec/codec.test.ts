import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Document } from '../document.ts'
import { DocumentArray } from '../document-array.ts'
import { jina } from '../gen/messages.js'
import type { JsonObject } from '../json.ts'
import { DataRequest } from '../request.ts'
import { testCodec } from './codec.conformance.ts'
import { decodeJsonAnswer, encodeJsonRequest } from './json.ts'
import { decodeRequest, encodeRequest } from './protobuf.ts'

testCodec({ name: 'protobuf', encode: encodeRequest, decode: decodeRequest })

const narrow = ['f2', 'f4', 'i1', 'i2', 'i4', 'u1', 'u2', 'u4', 'u8'].map((dtype) => `a tensor of ${dtype}`)
testCodec({
  name: 'JSON',
  encode: encodeJsonRequest,
  decode: decodeJsonAnswer,
  skip: [
    {
      reason: 'a JSON list says whole or not, true or false, and no more about its numbers',
      tests: [...narrow, 'an empty tensor'],
    },
    { reason: 'JSON has no such numbers', tests: ['not a number, infinities, minus zero', 'large integers'] },
    { reason: 'JSON lists are dense', tests: ['a sparse tensor'] },
    { reason: 'a request has no routes or status, an answer has', tests: ['routes', 'a status'] },
    { reason: 'a request names its target beside the header, an answer within', tests: ['an endpoint and a target'] },
    { reason: 'zero is unset in docarray', tests: ['scores'] },
  ],
})

const json = fc
  .jsonValue({ maxDepth: 4 })
  .filter((value) => !JSON.stringify(value).includes('-0')) as fc.Arbitrary<never>
const tags = fc.dictionary(fc.string({ unit: 'grapheme' }), json) as fc.Arbitrary<JsonObject>
const documents = fc.array(
  fc.record({
    id: fc.string({ minLength: 1, unit: 'grapheme' }),
    text: fc.string({ unit: 'grapheme' }),
    tags,
    weight: fc.float({ noNaN: true, noDefaultInfinity: true }),
  }),
)

describe('the protobuf codec', () => {
  it('reads what generated code writes, and the other way round', () => {
    fc.assert(
      fc.property(documents, tags, (inits, parameters) => {
        const docs = new DocumentArray(inits.map((init) => new Document(init)))
        const ours = encodeRequest(new DataRequest({ header: { execEndpoint: '/x' }, docs, parameters }))
        const theirs = jina.DataRequestProto.encode(jina.DataRequestProto.decode(ours)).finish()
        const back = decodeRequest(theirs)
        expect(back.docs.map(({ id, text, tags, weight }) => ({ id, text, tags, weight: weight + 0 }))).toEqual(
          inits.map(({ weight, ...rest }) => ({ ...rest, weight: weight + 0 })),
        )
        expect(back.parameters).toEqual(parameters)
      }),
      { numRuns: 200 },
    )
  })

  it('answers any bytes with a request or INVALID_ARGUMENT', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          const request = decodeRequest(bytes)
          for (const document of request.docs)
            void [document.tags, document.tensor, document.embedding, document.chunks.length, document.scores]
          void request.parameters
          encodeRequest(request)
        } catch (error) {
          expect((error as { codeName?: string }).codeName).toBe('INVALID_ARGUMENT')
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a request that came over a wire', () => {
  const sent = () =>
    new DataRequest({
      header: { execEndpoint: '/x' },
      docs: new DocumentArray([new Document('a'), new Document('b')]),
      parameters: { p: 1 },
    })

  it('is the same bytes again while nobody has read it', () => {
    const bytes = encodeRequest(sent())
    expect(Buffer.compare(Buffer.from(encodeRequest(decodeRequest(bytes))), Buffer.from(bytes))).toBe(0)
  })

  it('keeps documents in their bytes that were read and not changed', () => {
    const request = decodeRequest(encodeRequest(sent()))
    const docs = request.ownDocs()
    expect(docs.texts).toEqual(['a', 'b'])
    expect(docs.untouched).toBe(true)
    for (const change of [() => docs[0]?.tags, () => docs.reverse(), () => docs.pop()]) {
      change()
      expect(docs.untouched).toBe(false)
    }
  })

  it('gives every reader documents and parameters of its own', () => {
    const request = decodeRequest(encodeRequest(sent()))
    const mine = request.ownDocs()
    for (const document of mine) document.text = 'changed'
    request.ownParameters().p = 2
    expect([request.docs.texts, request.parameters]).toEqual([['a', 'b'], { p: 1 }])
    request.ownDocs()[0]?.chunks.push(new Document('chunk'))
    expect(request.docs[0]?.chunks).toHaveLength(0)
  })
})
