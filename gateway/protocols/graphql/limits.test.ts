import { getIntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { maxDepth } from '../../../proto/index.ts'
import { Served } from '../../../tests/e2e/peers/graphql.ts'

// What one small request could make the gateway do for long is refused before it is done.

let served: Served
beforeAll(async () => {
  served = await Served.flow()
})
afterAll(() => served?.[Symbol.asyncDispose]())

const errors = async (query: string, variables?: object) => {
  const { body } = await served.ask(query, variables)
  expect(body.data ?? undefined).toBeUndefined()
  return body.errors?.map(({ message }) => message)
}
const repeated = (count: number, text: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ')
const nested = (depth: number) => `${'chunks { '.repeat(depth)}id${' }'.repeat(depth)}`

describe('a query is limited in', () => {
  it('fields in fields', async () => {
    const { body } = await served.ask(`{ docs { ${nested(18)} } }`)
    expect(body).toMatchObject({ data: { docs: [] } })
    expect(await errors(`{ docs { ${nested(19)} } }`)).toEqual([expect.stringMatching(/depth limit of 20 exceeded/)])
  })

  it('fields in fields that fragments hide', async () => {
    const fragments = repeated(
      5,
      (i) => `fragment f${i} on StrawberryDocument { chunks { chunks { chunks { chunks { ...f${i + 1} } } } } }`,
    )
    const query = `{ docs { ...f0 } } ${fragments} fragment f5 on StrawberryDocument { id }`
    expect(await errors(query)).toEqual([expect.stringMatching(/depth limit of 20 exceeded/)])
  })

  it('aliases, each of which is a request of its own', async () => {
    const { body } = await served.ask(`{ ${repeated(15, (i) => `a${i}: docs { id }`)} }`)
    expect(Object.keys(body.data ?? {})).toHaveLength(15)
    expect(await errors(`{ ${repeated(16, (i) => `a${i}: docs { id }`)} }`)).toEqual([
      expect.stringMatching(/Aliases limit of 15 exceeded/),
    ])
  })

  it('tokens', async () => {
    const list = (count: number) => `{ docs(data: {tensor: [${'1 '.repeat(count)}]}) { id } }`
    expect((await served.ask(list(9_900))).body.errors).toBeUndefined()
    expect(await errors(list(10_000))).toEqual(['the query has more than 10000 tokens. Send documents as variables'])
  })

  it('tokens outside of arguments, which validation compares with one another', async () => {
    expect((await served.ask(`{ docs { ${'id '.repeat(300)} } }`)).body.errors).toBeUndefined()
    expect(await errors(`{ docs { ${'id '.repeat(1000)} } }`)).toEqual([
      'the query has more than 1000 tokens outside of arguments',
    ])
  })

  it('brackets in brackets', async () => {
    const limit = 3 * maxDepth + 10
    const tensor = (depth: number) => `{ docs(data: {tensor: ${'['.repeat(depth)}${']'.repeat(depth)}}) { id } }`
    expect(await errors(tensor(limit))).toEqual([`the query has brackets nested deeper than ${limit}`])
  })
})

describe('variables are limited in', () => {
  it('nesting', async () => {
    const limit = 3 * maxDepth + 10
    const tags = JSON.parse(`${'{"a":'.repeat(limit)}1${'}'.repeat(limit)}`)
    const query = 'query($t: JSONScalar) { docs(data: {tags: $t}) { id } }'
    expect(await errors(query, { t: tags })).toEqual([`variables are nested deeper than ${limit} levels`])
  })

  it('nothing that documents may be', async () => {
    let chunk: object = { id: 'deepest' }
    for (let depth = 1; depth < maxDepth; depth++) chunk = { chunks: [chunk] }
    const query = 'query($d: [StrawberryDocumentInput!]) { docs(data: $d, execEndpoint: "/echo") { id } }'
    expect((await served.ask(query, { d: [chunk] })).body.data?.docs).toHaveLength(1)
  })
})

it("GraphiQL's own introspection is within the limits", async () => {
  const query = getIntrospectionQuery({
    schemaDescription: true,
    inputValueDeprecation: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    oneOf: true,
  })
  const { body } = await served.ask(query)
  expect(body.errors).toBeUndefined()
  expect(body.data).toHaveProperty('__schema.subscriptionType.name', 'Subscription')
})
