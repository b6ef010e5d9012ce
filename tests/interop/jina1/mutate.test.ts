import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client } from '../../../client/index.ts'
import { freePorts, jinaEnv, python, type Server, shared, startServer } from '../peers.ts'

describe('our client speaks GraphQL with a real Jina', () => {
  let jina: Server
  let client: Client

  beforeAll(async () => {
    const port = await freePorts(4)
    const script = `${shared}/interop/jina1/reference_flow.py`
    const args = ['--port', `${port}`, '--protocol', 'http', '--graphql', '--executor-base-port', `${port + 1}`]
    jina = await startServer(python('jina1'), [script, ...args], { env: jinaEnv })
    client = new Client({ host: '127.0.0.1', port, protocol: 'http' })
  }, 180_000)
  afterAll(async () => {
    await client?.close()
    await jina?.stop()
  })

  it('runs a mutation with variables', async () => {
    const mutation = 'mutation($t: String) { docs(data: {text: $t}, execEndpoint: "/index") { text embedding } }'
    expect(await client.mutate(mutation, { t: 'ab' })).toEqual({
      data: { docs: [{ text: 'AB', embedding: [2, 97, 1, 0] }] },
    })
  })

  it('runs a query', async () => {
    expect(await client.query('{ docs(data: [{text: "a"}, {text: "b"}]) { text } }')).toEqual({
      data: { docs: [{ text: 'A' }, { text: 'B' }] },
    })
  })

  it('gives back what is wrong with it', async () => {
    const { data, errors } = await client.mutate('mutation { nope }')
    expect([data ?? undefined, errors?.map(({ message }) => message)]).toEqual([
      undefined,
      [expect.stringMatching(/nope/)],
    ])
  })

  it('serves posts beside it', async () => {
    expect((await client.post('/index', 'x')).texts).toEqual(['X'])
  })
})
