import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningFlow } from '../../../flows/index.ts'
import { silent } from '../../../proto/index.ts'
import { expected } from './deviations.ts'
import { referenceFlow } from './flow.ts'
import { steady } from './meaning.ts'
import { bodyOf, type RecordedExchange, recordedExchanges } from './recordings.ts'
import { exchangeHttp, headOf } from './wire.ts'

// Our gateway is sent the recorded requests, and answers as recorded but for what differs from run to run.

let flow: RunningFlow
beforeAll(async () => {
  flow = await referenceFlow({ protocol: 'http', exposeGraphqlEndpoint: true, logger: silent }).start()
})
afterAll(() => flow?.close())

describe('recorded GraphQL exchanges are answered as recorded', () => {
  const recorded = recordedExchanges('graphql')
  const named = (wanted: string) => recorded.find(({ name }) => name === wanted) as RecordedExchange

  it.each(recorded.filter(({ name }) => !['introspection', 'get_graphiql'].includes(name)))(
    '$name',
    async ({ name, request, statusLine, headers, json }) => {
      const raw = await exchangeHttp(flow.port, request)
      const ours = headOf(raw)
      expect([ours.statusLine, mediaType(ours.headers)]).toEqual([statusLine, mediaType(headers)])
      expect(steady(bodyOf(raw), ['requestId'])).toEqual(expected(`graphql/${name}`, steady(json)))
    },
  )

  it('introspection tells of everything that was recorded, and beside it of a subscription alone', async () => {
    const { request, json } = named('introspection')
    const [ours, theirs] = [bodyOf(await exchangeHttp(flow.port, request)), json].map(schemaOf) as [Schema, Schema]
    const { Subscription, ...same } = ours.types
    expect(same).toEqual(theirs.types)
    expect(Subscription?.fields).toEqual(theirs.types.Query?.fields)
    expect([ours.queryType, ours.mutationType]).toEqual([theirs.queryType, theirs.mutationType])
  })

  it('get_graphiql is a page, of its own', async () => {
    const { request, statusLine } = named('get_graphiql')
    const raw = await exchangeHttp(flow.port, request)
    const ours = headOf(raw)
    expect([ours.statusLine, ours.headers['content-type']]).toEqual([statusLine, 'text/html; charset=utf-8'])
    expect(bodyOf(raw)).toMatch(/<meta charset="utf-8" \/>\s*<title>Sluice<\/title>/)
  })
})

interface Type {
  readonly name: string
  readonly fields: unknown
}

interface Schema {
  readonly queryType: unknown
  readonly mutationType: unknown
  readonly types: Record<string, Type>
}

/** Types by their names; those of GraphQL itself are those of the library's version. */
function schemaOf(body: unknown): Schema {
  const { __schema } = (body as { data: { __schema: Schema & { types: readonly Type[] } } }).data
  const types = Object.values(__schema.types).filter(({ name }) => !name.startsWith('__'))
  return { ...__schema, types: Object.fromEntries(types.map((type) => [type.name, type])) }
}

/** In JSON, the character set goes without saying. */
function mediaType({ 'content-type': type }: Readonly<Record<string, string>>): string | undefined {
  return type?.replace(/^application\/json; *charset=utf-8$/, 'application/json')
}
