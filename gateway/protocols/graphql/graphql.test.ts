import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Served } from '../../../tests/e2e/peers/graphql.ts'

// What goes into the flow, and what comes back.

let served: Served
beforeAll(async () => {
  served = await Served.flow()
})
afterAll(() => served?.[Symbol.asyncDispose]())

const docs = async (query: string, variables?: object) => {
  const { status, body } = await served.ask(query, variables)
  expect([status, body.errors]).toEqual([200, undefined])
  return body.data?.docs
}

describe('docs', () => {
  it('is a query and a mutation, for /search unless it says otherwise', async () => {
    expect(await docs('{ docs(data: {text: "a"}) { text } }')).toEqual([{ text: 'A' }])
    expect(await docs('mutation { docs(data: [{text: "a"}, {text: "b"}]) { text } }')).toEqual([
      { text: 'A' },
      { text: 'B' },
    ])
    expect(await docs('{ docs(data: {text: "a"}, execEndpoint: "/echo") { text } }')).toEqual([{ text: 'a' }])
  })

  it('runs the executors that targetExecutor selects', async () => {
    expect(await docs('{ docs(data: {text: "a"}, targetExecutor: "nobody") { text } }')).toEqual([{ text: 'a' }])
  })

  it('needs no data', async () => {
    expect(await docs('{ docs { id } }')).toEqual([])
    expect(await docs('{ docs(data: null) { id } }')).toEqual([])
  })

  it('gives executors the headers', async () => {
    const { body } = await served.ask('{ docs(data: {}, execEndpoint: "/told") { tags } }', {}, { 'x-ask': 'why' })
    expect(body.data?.docs).toMatchObject([{ tags: { asked: 'why' } }])
  })
})

describe('JSON', () => {
  const told = 'query($p: JSONScalar) { docs(data: {}, parameters: $p, execEndpoint: "/told") { tags } }'
  const p = { a: [1, { b: null }], sample__k: 'v' }

  it.each([
    ['an object', p],
    ['its text', JSON.stringify(p)],
  ])('parameters may be %s', async (_, variable) => {
    expect(await docs(told, { p: variable })).toMatchObject([{ tags: { parameters: { a: [1, { b: null }], k: 'v' } } }])
  })

  it('tags may be an object, its text, or written into the query', async () => {
    const echo = 'query($t: JSONScalar) { docs(data: {tags: $t}, execEndpoint: "/echo") { tags } }'
    const tags = { one: 1, nested: { text: '5', list: [true, null] } }
    for (const t of [tags, JSON.stringify(tags)]) expect(await docs(echo, { t })).toEqual([{ tags }])
    const literal = '{ docs(data: {tags: {one: 1, list: [true, "x"]}}, execEndpoint: "/echo") { tags } }'
    expect(await docs(literal)).toEqual([{ tags: { one: 1, list: [true, 'x'] } }])
  })

  it('says what is wrong with a text that is none, and with parameters that are no object', async () => {
    for (const [variable, message] of [
      ['{oops', /no JSON text/],
      ['[1]', /parameters: an object is wanted/],
    ] as const) {
      const { errors } = (await served.ask(told, { p: variable })).body
      expect(errors).toEqual([expect.objectContaining({ message: expect.stringMatching(message) })])
    }
  })
})

describe('an NdArray', () => {
  const shape = 'query($t: NdArray) { docs(data: {tensor: $t}, execEndpoint: "/shape") { tensor tags } }'

  it('is nested lists, or its bytes with shape and type', async () => {
    const tensor = [
      [1, 2.5],
      [3, 4],
    ]
    expect(await docs(shape, { t: tensor })).toEqual([{ tensor, tags: { dtype: 'f8', shape: [2, 2] } }])
    const buffer = Buffer.from(Float32Array.of(1, 2.5, 3, 4).buffer).toString('base64')
    const bytes = { buffer, shape: [2, 2], dtype: '<f4' }
    expect(await docs(shape, { t: bytes })).toEqual([{ tensor, tags: { dtype: 'f4', shape: [2, 2] } }])
    const literal = '{ docs(data: {tensor: [[1, 2.5]]}, execEndpoint: "/shape") { tensor } }'
    expect(await docs(literal)).toEqual([{ tensor: [[1, 2.5]] }])
  })

  it('that is none is refused with its place', async () => {
    const { errors } = (await served.ask(shape, { t: 'nope' })).body
    const told = { message: expect.stringMatching(/ data\.0\.tensor: /), extensions: { code: 'INVALID_ARGUMENT' } }
    expect(errors).toEqual([expect.objectContaining(told)])
  })
})

describe('a document', () => {
  it('carries what it has through, and null where it has nothing', async () => {
    const fields = `id parentId granularity blob mimeType text weight uri offset location modality
      scores { name score { value opName description refId } } evaluations { name score { value } }
      chunks { id parentId granularity } matches { id adjacency }`
    const sent = {
      id: 'd',
      blob: 'AAH/',
      weight: 0.5,
      location: [1, 2],
      modality: 'image',
      scores: [{ name: 'cos', score: { value: 0.25, opName: 'op', refId: 'r' } }],
      chunks: [{ id: 'c' }],
      matches: [{ id: 'm' }],
    }
    const query = `query($d: StrawberryDocumentInput!) { docs(data: [$d], execEndpoint: "/echo") { ${fields} } }`
    expect(await docs(query, { d: sent })).toEqual([
      {
        ...sent,
        parentId: null,
        granularity: null,
        mimeType: null,
        text: null,
        uri: null,
        offset: null,
        scores: [{ name: 'cos', score: { value: 0.25, opName: 'op', description: null, refId: 'r' } }],
        evaluations: null,
        chunks: [{ id: 'c', parentId: 'd', granularity: 1 }],
        matches: [{ id: 'm', adjacency: 1 }],
      },
    ])
  })
})
