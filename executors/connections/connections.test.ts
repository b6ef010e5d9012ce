import { describe, expect, it } from 'vitest'
import {
  type Call,
  CallContext,
  DataRequest,
  Document,
  DocumentArray,
  FlowError,
  type Handler,
  type JsonObject,
  silent,
} from '../../proto/index.ts'
import type { Connection } from '../transports/index.ts'
import { pollingOf } from './polling.ts'
import { retrying } from './retry.ts'
import { roundRobin } from './round-robin.ts'
import { type ShardsOptions, sharded } from './shards.ts'
import { timed } from './timeout.ts'

const connect = (send: Handler, others: Partial<Connection> = {}): Connection => ({
  ...{ send, endpoints: ['/index'], ready: true },
  async close() {},
  ...others,
})

/** An executor that tags what it gets, and tells its name among the results. */
const tags = (name: string, others?: Partial<Connection>) =>
  connect(async (request) => {
    const docs = request.ownDocs()
    for (const doc of docs) doc.tags[name] = true
    docs.push(new Document({ id: `of-${name}` }))
    const { __results__, ...parameters } = request.ownParameters()
    const results = { ...(__results__ as JsonObject), [name]: docs.length }
    return request.with({ docs, parameters: { ...parameters, __results__: results } })
  }, others)

const rejects = (code: 'UNAVAILABLE' | 'INVALID_ARGUMENT') =>
  connect(async () => {
    throw new FlowError(code, 'gone')
  })

const fails = connect(async (request) =>
  request.with({ header: { ...request.header, status: { code: 1, description: 'boom' } } }),
)

function ask(connection: Connection, endpoint = '/x', call: Call = new CallContext()): Promise<DataRequest> {
  const docs = new DocumentArray([new Document({ id: 'd' })])
  return connection.send(new DataRequest({ header: { execEndpoint: endpoint }, docs, parameters: { k: 1 } }), call)
}

describe('polling', () => {
  it.each<[Parameters<typeof pollingOf>[0], string, string]>([
    [undefined, '/x', 'ANY'],
    ['ALL', '/x', 'ALL'],
    ['ANY', '/search', 'ALL'],
    ['ALL', '/index', 'ANY'],
    [{ '/index': 'ALL' }, '/index', 'ALL'],
    [{ '/index': 'ALL' }, '/x', 'ANY'],
    [{ '*': 'ALL', '/x': 'ANY' }, '/y', 'ALL'],
    [{ '*': 'ALL', '/x': 'ANY' }, '/x', 'ANY'],
    [{ '*': 'ALL' }, '/index', 'ANY'],
    [{ '/x': 'ALL' }, 'toString', 'ANY'],
  ])('%j asks at %s %s', (option, endpoint, polling) => {
    expect(pollingOf(option)(endpoint)).toBe(polling)
  })
})

describe('shards', () => {
  const shards = (options: Partial<ShardsOptions> = {}) =>
    sharded({ executor: 'e', shards: [tags('a'), tags('b')], logger: silent, ...options })

  it('get a request one after the other, unless all are asked', async () => {
    const connection = shards({ polling: { '/all': 'ALL' } })
    expect((await ask(connection)).docs.ids).toEqual(['d', 'of-a'])
    expect((await ask(connection)).docs.ids).toEqual(['d', 'of-b'])
    expect((await ask(connection, '/all')).docs.ids).toEqual(['d', 'of-a', 'of-b'])
  })

  it('answer merged in their order, with the results of all', async () => {
    const answer = await ask(shards({ polling: 'ALL' }))
    expect(answer.docs[0]?.tags).toEqual({ a: true })
    expect(answer.parameters).toEqual({ k: 1, __results__: { a: 2, b: 2 } })
  })

  it('keep their documents apart with noReduce', async () => {
    const answer = await ask(shards({ polling: 'ALL', noReduce: true }))
    expect(answer.docs.map(({ id, tags }) => [id, Object.keys(tags)])).toEqual([
      ['d', ['a']],
      ['of-a', []],
      ['d', ['b']],
      ['of-b', []],
    ])
  })

  it('stand between what comes before and what comes after, which gets their answers apart', async () => {
    let seen: DataRequest['branches']
    const after = connect(async (request) => {
      seen = request.branches
      return request
    })
    const answer = await ask(shards({ polling: 'ALL', before: tags('before'), after }))
    expect(seen).toEqual([
      { executor: 'e', count: 3 },
      { executor: 'e', count: 3 },
    ])
    expect(answer.docs.ids).toEqual(['d', 'of-before', 'of-a', 'd', 'of-before', 'of-b'])
    expect(answer.parameters.__results__).toEqual({ before: 2, a: 3, b: 3 })
  })

  it('are left out with a warning where they cannot be reached, unless none can', async () => {
    const warnings: object[] = []
    const logger = { ...silent, warn: (fields: object) => warnings.push(fields) }
    const answer = await ask(shards({ shards: [rejects('UNAVAILABLE'), tags('b')], polling: 'ALL', logger }))
    expect(answer.docs.ids).toEqual(['d', 'of-b'])
    expect(warnings).toMatchObject([{ executor: 'e', shard: 0 }])
    const none = shards({ shards: [rejects('UNAVAILABLE'), rejects('INVALID_ARGUMENT')], polling: 'ALL' })
    await expect(ask(none)).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
  })

  it('answer with the failure of one that failed', async () => {
    expect((await ask(shards({ shards: [tags('a'), fails], polling: 'ALL' }))).status?.description).toBe('boom')
    expect((await ask(shards({ before: fails }))).status?.description).toBe('boom')
  })

  it('serve what any of their parts serves', () => {
    const before = tags('before', { endpoints: ['/first', '/index'] })
    expect(shards({ before }).endpoints).toEqual(['/first', '/index'])
    expect(shards({ before: tags('before', { endpoints: undefined }) }).endpoints).toBeUndefined()
  })

  it('give parts of an answer on where one alone answers', async () => {
    const emits = connect(async (request, { emit }) => {
      await emit?.(request)
      return request
    })
    const parts: DataRequest[] = []
    const emit = async (part: DataRequest) => void parts.push(part)
    await ask(shards({ shards: [emits, emits] }), '/x', new CallContext({ emit }))
    expect(parts).toHaveLength(1)
    await ask(shards({ shards: [emits, emits], polling: 'ALL' }), '/x', new CallContext({ emit }))
    expect(parts).toHaveLength(1)
  })
})

describe('a connection with a time limit', () => {
  it('rejects with DEADLINE_EXCEEDED, and tells the other side', async () => {
    let reason: FlowError | undefined
    const slow = connect((_, { signal }) => {
      signal.addEventListener('abort', () => (reason = signal.reason))
      return new Promise(() => {})
    })
    const rejected = ask(timed(slow, 10, 'e'))
    await expect(rejected).rejects.toMatchObject({ codeName: 'DEADLINE_EXCEEDED', details: { executor: 'e' } })
    expect(reason?.codeName).toBe('DEADLINE_EXCEEDED')
  })

  it("keeps the caller's own deadline where that is earlier", async () => {
    let deadline: number | undefined
    const looks = connect(async (request, call) => {
      deadline = call.deadline
      return request
    })
    const own = performance.now() + 1000
    await ask(timed(looks, 60_000, 'e'), '/x', new CallContext({ deadline: own }))
    expect(deadline).toBe(own)
  })
})

describe('a connection that retries', () => {
  /** Rejects as often as said, then answers. */
  const flaky = (times: number, code: 'UNAVAILABLE' | 'INVALID_ARGUMENT' = 'UNAVAILABLE') => {
    const tries = { count: 0 }
    const connection = connect(async (request, { emit }) => {
      tries.count++
      if (request.header.execEndpoint === '/parts') await emit?.(request)
      if (tries.count <= times) throw new FlowError(code, 'gone')
      return request
    })
    return { connection, tries }
  }

  it('sends again what could not be delivered, as often as it may', async () => {
    const { connection, tries } = flaky(2)
    await expect(ask(retrying(connection, { retries: 1 }))).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
    expect((await ask(retrying(connection, { retries: 1 }))).docs.ids).toEqual(['d'])
    expect(tries.count).toBe(3)
  })

  it('gives each try to the next replica', async () => {
    const connection = roundRobin([rejects('UNAVAILABLE'), tags('b')])
    expect((await ask(retrying(connection, { retries: 1 }))).docs.ids).toEqual(['d', 'of-b'])
  })

  it('does not repeat what is refused, what must not run twice, and what gave a part already', async () => {
    const refused = flaky(1, 'INVALID_ARGUMENT')
    await expect(ask(retrying(refused.connection, { retries: 3 }))).rejects.toThrow()
    const once = flaky(1)
    await expect(ask(retrying(once.connection, { retries: 3, onceOnly: ['/x'] }))).rejects.toThrow()
    const parts = flaky(1)
    const call = new CallContext({ emit: async () => {} })
    await expect(ask(retrying(parts.connection, { retries: 3 }), '/parts', call)).rejects.toThrow()
    expect([refused.tries.count, once.tries.count, parts.tries.count]).toEqual([1, 1, 1])
  })
})
