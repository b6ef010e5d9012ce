import { describe, expect, it } from 'vitest'
import { FlowError } from '../../../proto/index.ts'
import { Served } from '../../../tests/e2e/peers/graphql.ts'
import { Gateway } from '../../gateway.ts'

// What is said beside documents: in extensions, and of failures.

/** A gateway whose only node fails to answer. */
async function failing(error: unknown): Promise<Served> {
  const connection = { send: () => Promise.reject(error), endpoints: undefined, ready: false, close: async () => {} }
  const gateway = new Gateway({ protocol: 'graphql', host: '127.0.0.1' }, { nodes: [{ name: 'gone', connection }] })
  await gateway.start()
  return new Served(gateway.ports.graphql as number, () => gateway.close())
}

describe('extensions', () => {
  it('say status, parameters and routes under the name of the field', async () => {
    await using served = await Served.flow()
    const query = `mutation($p: JSONScalar) {
      well: docs(data: {text: "x"}, parameters: $p) { text }
      ill: docs(data: {text: "y"}, execEndpoint: "/fail") { text }
    }`
    const { body } = await served.ask(query, { p: { sample__k: 1 } })
    expect(body.data).toEqual({ well: [{ text: 'X' }], ill: [{ text: 'y' }] })
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/)
    const took = { startTime: time, endTime: time, status: null }
    expect(body.extensions).toEqual({
      well: {
        requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
        status: null,
        parameters: { sample__k: 1 },
        routes: [
          { executor: 'gateway', ...took },
          { executor: 'sample', ...took },
        ],
      },
      ill: expect.objectContaining({ status: expect.objectContaining({ code: 1 }) }),
    })
    expect(body.extensions?.well?.requestId).not.toBe(body.extensions?.ill?.requestId)
  })
})

describe('failures', () => {
  it("an executor's error is none of GraphQL: the documents come back as sent, with a status", async () => {
    await using served = await Served.flow()
    for (const kind of ['query', 'mutation']) {
      const { body } = await served.ask(`${kind} { docs(data: {text: "x"}, execEndpoint: "/fail") { text } }`)
      expect([body.data, body.errors]).toEqual([{ docs: [{ text: 'x' }] }, undefined])
      expect(body.extensions?.docs?.status).toEqual({
        code: 1,
        description: "RangeError('too far')",
        exception: { name: 'RangeError', args: ['too far'], stacks: [], executor: 'Sample' },
      })
    }
  })

  it('a request that was rejected is an error, with its code and place', async () => {
    await using served = await failing(new FlowError('UNAVAILABLE', 'nobody there', { executor: 'gone' }))
    const { status, body } = await served.ask('{ docs { id } }')
    expect([status, body.data]).toEqual([200, null])
    expect(body.errors).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(/nobody there/),
        path: ['docs'],
        extensions: expect.objectContaining({
          code: 'UNAVAILABLE',
          executor: 'gone',
          requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
        }),
      }),
    ])
  })

  it('a target that is no expression is an error of the one who sent it', async () => {
    await using served = await Served.flow()
    const { body } = await served.ask('{ docs(targetExecutor: "(") { id } }')
    expect(body.errors).toEqual([
      expect.objectContaining({ extensions: expect.objectContaining({ code: 'INVALID_ARGUMENT' }) }),
    ])
  })

  it('an accident inside is masked', async () => {
    await using served = await failing(new TypeError('the password is hunter2'))
    const { body } = await served.ask('{ docs { id } }')
    expect(body.errors?.map(({ message }) => message)).toEqual(['Unexpected error.'])
    expect(JSON.stringify(body)).not.toMatch(/hunter2|TypeError/)
  })
})
