import { describe, expect, it } from 'vitest'
import { decodeRequest, encodeRequest } from './codec/protobuf.ts'
import { Document } from './document.ts'
import { DocumentArray } from './document-array.ts'
import type { JsonObject } from './json.ts'
import { compileQuery } from './query.ts'
import { DataRequest } from './request.ts'

const document = new Document({
  id: 'd1',
  text: 'hello world',
  weight: 3,
  tags: {
    n: 2,
    price: 9.5,
    name: 'whale',
    flag: true,
    none: null,
    list: [1, { deep: 'x' }],
    nested: { a: { b: 5 } },
    other: 2,
  },
  chunks: [{ id: 'c', text: 'part' }],
  embedding: [1.5, 2, 3],
  scores: { cos: { value: 0.5 } },
  uri: 'a.png',
})

describe('a query', () => {
  it.each<[JsonObject, boolean]>([
    [{}, true],
    [{ text: { $eq: 'hello world' } }, true],
    [{ text: { $neq: 'hello world' } }, false],
    [{ tags__n: { $lt: 3 } }, true],
    [{ tags__n: { $lt: 2 } }, false],
    [{ tags__n: { $lte: 2, $gte: 2 } }, true],
    [{ tags__n: { $gt: 1 }, weight: { $gt: 3 } }, false],
    [{ tags__name: { $gt: 'a' } }, true],
    [{ tags__name: { $gt: 1 } }, false],
    [{ tags__none: { $gt: 1 } }, false],
    [{ tags__none: { $eq: null } }, true],
    [{ tags__missing: { $eq: null } }, true],
    [{ tags__missing: { $eq: 1 } }, false],
    [{ tags__missing: { $neq: 1 } }, true],
    [{ tags__flag: { $eq: 1 } }, true],
    [{ tags__flag: { $in: [1] } }, true],
    [{ tags__flag: { $gte: 1 } }, true],
    [{ tags__name: { $in: ['shark', 'whale'] } }, true],
    [{ tags__name: { $nin: ['shark', 'whale'] } }, false],
    [{ text: { $regex: 'wor' } }, true],
    [{ text: { $regex: '^wor' } }, false],
    [{ tags__n: { $regex: '2' } }, false],
    [{ tags__list: { $size: 2 } }, true],
    [{ text: { $size: 11 } }, true],
    [{ tags__n: { $size: 1 } }, false],
    [{ uri: { $exists: true } }, true],
    [{ blob: { $exists: false } }, true],
    [{ tags__missing: { $exists: true } }, false],
    [{ tags__list__0: { $eq: 1 } }, true],
    [{ tags__list__1__deep: { $eq: 'x' } }, true],
    [{ tags__nested__a__b: { $eq: 5 } }, true],
    [{ tags__n__x: { $eq: 5 } }, false],
    [{ scores__cos__value: { $gt: 0.4 } }, true],
    [{ content: { $eq: 'hello world' } }, true],
    [{ mime_type: { $eq: 'image/png' } }, true],
    [{ tags__n: { $eq: '{tags__other}' } }, true],
    [{ tags__n: { $lt: '{tags__price}' } }, true],
    [{ tags__missing: { $eq: '{tags__gone}' } }, true],
    [{ $or: [{ tags__n: { $eq: 1 } }, { tags__n: { $eq: 2 } }] }, true],
    [{ $or: { tags__n: { $eq: 1 }, weight: { $eq: 3 } } }, true],
    [{ $and: [{ tags__n: { $eq: 2 } }, { tags__n: { $eq: 1 } }] }, false],
    [{ $not: { tags__n: { $eq: 1 } } }, true],
    [{ tags__n: { $or: [{ $lt: 1 }, { $gt: 1 }] } }, true],
    [{ tags__n: { $not: { $gte: 2 } } }, false],
    [{ tags__n: { $eq: '{ tags__other }' } }, true],
    [{ tags__nested: { $eq: { a: { b: 5 } } } }, true],
    [{ tags__nested: { $eq: { a: { b: 5, c: 6 } } } }, false],
    [{ tags__list: { $eq: [1, { deep: 'x' }] } }, true],
    [{ tags__list: { $eq: { 0: 1 } } }, false],
    [{ tags__list__x: { $eq: null } }, true],
    [{ tags__: { $eq: null } }, true],
    [{ tags__toString: { $eq: null } }, true],
    [{ chunks: { $size: 1 } }, true],
    [{ chunks__0__text: { $eq: 'part' } }, true],
    [{ chunks__1__text: { $exists: true } }, false],
    [{ chunks__0__parent_id: { $eq: 'd1' } }, true],
    [{ embedding: { $size: 3 } }, true],
    [{ embedding: { $exists: true } }, true],
    [{ scores__cos__op_name: { $eq: null } }, true],
    [{ _metadata__k: { $exists: false } }, true],
    [{ weight: { $lte: Number.POSITIVE_INFINITY } }, true],
  ])('%j is %s', (filter, wanted) => {
    expect(compileQuery(filter)(document)).toBe(wanted)
  })

  it.each<[JsonObject, RegExp]>([
    [{ tags__n: 5 }, /filter\.tags__n is an object of operators.*\{\$eq: 5\}/],
    [{ tags__n: { $ne: 5 } }, /filter\.tags__n\.\$ne is no operator.*\$neq/],
    [{ $xor: [] }, /filter\.\$xor is no operator around fields/],
    [{ $and: 5 }, /filter\.\$and takes an object or a list/],
    [{ tags__n: { $exists: 1 } }, /\$exists takes true or false/],
    [{ tags__n: { $in: 1 } }, /\$in takes a list/],
    [{ text: { $regex: '(' } }, /\$regex is no pattern/],
    [{ text: { $regex: 5 } }, /\$regex takes a text/],
    [{ text: {} }, /filter\.text has no operator/],
    [{ text: { $size: [1] } }, /\$size takes a number/],
    [{ txet: { $eq: 'a' } }, /filter\.txet begins with no field.*Did you mean "text"/],
    [{ toString__x: { $eq: 'a' } }, /begins with no field/],
    [{ $not: [] }, /filter\.\$not takes an object/],
    [{ $or: [{ text: { $foo: 1 } }] }, /filter\.\$or\[0\]\.text\.\$foo is no operator/],
    [{ text: { $eq: '{nothing}' } }, /\$eq begins with no field/],
    [{ text: { $eq: '{' } }, /begins like a placeholder/],
    [{ text: { __proto__: 1, $toString: 1 } }, /\$toString is no operator/],
    [{ text: { $regex: 'a'.repeat(300) } }, /at most 256/],
  ])('that is wrong (%j) says where', (filter, message) => {
    expect(() => compileQuery(filter)).toThrow(message)
  })

  it('leaves the bytes of what it looks at as they are', () => {
    const request = decodeRequest(encodeRequest(new DataRequest({ docs: new DocumentArray([document]) })))
    const docs = request.ownDocs()
    expect(compileQuery({ tags__n: { $eq: 2 } })(docs[0] as Document)).toBe(true)
    expect(
      compileQuery({ chunks__0__text: { $eq: 'part' }, scores__cos__value: { $lt: 1 } })(docs[0] as Document),
    ).toBe(true)
    expect(docs.untouched).toBe(true)
  })

  it('does not hang on a pattern that makes other engines backtrack', () => {
    const filter = compileQuery({ text: { $regex: '(a*)*b' } })
    const start = performance.now()
    expect(filter(new Document('a'.repeat(5_000)))).toBe(false)
    expect(performance.now() - start).toBeLessThan(3_000)
  })

  it('is as deep as the limit', () => {
    let filter: JsonObject = { text: { $eq: 'a' } }
    for (let i = 0; i < 200; i++) filter = { $not: filter }
    expect(() => compileQuery(filter)).toThrow(/deeper than 100/)
  })
})
