import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Flow, type RunningFlow } from '../flows/index.ts'
import { silent } from '../proto/index.ts'
import { Sample } from './fixtures/sample.ts'
import { Client } from './index.ts'

interface Docs {
  docs: { text: string }[]
}

const COUNT =
  'subscription ($parameters: JSONScalar) { docs(execEndpoint: "/count", parameters: $parameters) { text } }'

describe('GraphQL', () => {
  let flow: RunningFlow
  let client: Client
  beforeAll(async () => {
    const options = { protocol: ['http', 'graphql', 'websocket'] as const, host: '127.0.0.1', logger: silent }
    flow = await new Flow({ ...options, protocol: [...options.protocol] }).add({ uses: Sample }).start()
    // whatever else the client speaks
    client = new Client({ host: '127.0.0.1', port: flow.port, protocol: 'websocket', metadata: { 'x-tenant': 'a' } })
  })
  afterAll(() => client.close().then(() => flow.close()))

  it('runs mutations and queries with variables', async () => {
    const text = '($data: [StrawberryDocumentInput!]) { docs(data: $data, execEndpoint: "/upper") { text } }'
    const variables = { data: [{ text: 'a' }, { text: 'b' }] }
    const { data, errors } = await client.mutate<Docs>(`mutation ${text}`, variables)
    expect(data).toEqual({ docs: [{ text: 'A' }, { text: 'B' }] })
    expect(errors).toBeUndefined()
    expect((await client.query<Docs>(`query ${text}`, variables)).data).toEqual(data)
  })

  it('runs the operation that is named', async () => {
    const docs = (text: string) => `{ docs(data: {text: "${text}"}, execEndpoint: "/upper") { text } }`
    const two = `mutation A ${docs('a')} mutation B ${docs('b')}`
    const { data } = await client.mutate<Docs>(two, undefined, { operationName: 'B' })
    expect(data?.docs).toEqual([{ text: 'B' }])
  })

  it("sends headers, the client's and its own", async () => {
    const mutation =
      'mutation { docs(data: [{text: "x-tenant"}, {text: "x-more"}], execEndpoint: "/metadata") { text } }'
    const { data } = await client.mutate<Docs>(mutation, undefined, { headers: { 'x-more': 'b' } })
    expect(data?.docs).toEqual([{ text: 'a' }, { text: 'b' }])
  })

  it('gives back errors as they were answered', async () => {
    const { errors } = await client.mutate('mutation { docs { nothing } }')
    expect(errors?.[0]?.message).toMatch(/nothing/)
  })

  it('gives up at timeoutMs, here and in the gateway, and when its signal aborts', async () => {
    const never = 'mutation { docs(data: {text: "a"}, execEndpoint: "/never") { text } }'
    await expect(client.mutate(never, undefined, { timeoutMs: 50 })).rejects.toMatchObject({
      codeName: 'DEADLINE_EXCEEDED',
    })
    const leaving = new AbortController()
    setTimeout(() => leaving.abort(), 20)
    await expect(
      client.query(never.replace('mutation', 'query'), {}, { signal: leaving.signal }),
    ).rejects.toMatchObject({ codeName: 'CANCELLED' })
    await expect.poll(async () => (await client.post('/running', 'x')).texts).toEqual(['0'])
  })

  it('subscribes to documents as they come', async () => {
    const seen: (string | undefined)[] = []
    for await (const { data, errors } of client.subscribe<Docs>(COUNT, { parameters: { to: 3 } })) {
      expect(errors).toBeUndefined()
      seen.push(...(data?.docs.map(({ text }) => text) ?? []))
    }
    expect(seen).toEqual(['0', '1', '2'])
  })

  it('stops a subscription whose reader leaves', async () => {
    for await (const _ of client.subscribe(COUNT, { parameters: { to: 1e9, characters: 1000 } })) break
    await expect.poll(async () => (await client.post('/running', 'x')).texts).toEqual(['0'])
  })

  it('gives the mistakes of a subscription as an answer', async () => {
    const answers = []
    for await (const answer of client.subscribe('subscription { nothing }')) answers.push(answer)
    expect(answers).toMatchObject([{ errors: [{ message: /nothing/ }] }])
  })
})

describe('GraphQL, where none is spoken', () => {
  const open: { close(): unknown }[] = []
  afterEach(() => {
    for (const one of open.splice(0)) one.close()
  })
  const connect = async (listener: RequestListener) => {
    const server = createServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = new Client({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, timeoutMs: 5000 })
    open.push({ close: () => server.closeAllConnections() }, client, server)
    return client
  }

  it('rejects with what was answered instead', async () => {
    const client = await connect((_, response) => response.writeHead(404).end('not here'))
    const refused = { codeName: 'NOT_FOUND', message: /HTTP 404: not here.*port of HTTP/ }
    await expect(client.mutate('mutation { a }')).rejects.toMatchObject(refused)
    await expect(client.subscribe('subscription { a }').next()).rejects.toMatchObject(refused)
  })

  it('takes errors of any HTTP status for an answer', async () => {
    const client = await connect((_, response) => response.writeHead(400).end('{"errors":[{"message":"no"}]}'))
    expect(await client.mutate('mutation { a }')).toEqual({ errors: [{ message: 'no' }] })
  })

  it('rejects where a subscription breaks off before it is complete', async () => {
    const client = await connect((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end('event: next\ndata: {"data":{"a":"ü"}}\n\n')
    })
    const answers = client.subscribe('subscription { a }')
    expect(await answers.next()).toEqual({ done: false, value: { data: { a: 'ü' } } })
    await expect(answers.next()).rejects.toMatchObject({ codeName: 'UNAVAILABLE', message: /before it was complete/ })
  })

  it('tells the server how long it waits, where that was said', async () => {
    const asked: IncomingMessage[] = []
    const client = await connect((request, response) => {
      asked.push(request)
      response.end('{"data":{}}')
    })
    await client.mutate('mutation { a }', undefined, { timeoutMs: 1234.5 })
    expect(asked[0]?.headers).toMatchObject({ 'sluice-timeout-ms': '1235', 'content-type': 'application/json' })
    await expect(client.mutate('mutation { a }', undefined, { timeoutMs: 0 })).rejects.toMatchObject({
      codeName: 'INVALID_ARGUMENT',
    })
  })
})
