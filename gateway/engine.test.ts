import { describe, expect, it } from 'vitest'
import {
  CallContext,
  compileQuery,
  DataRequest,
  type DataRequestInit,
  Document,
  DocumentArray,
  FlowError,
  type Handler,
  type JsonObject,
  type NdArray,
  type Status,
} from '../proto/index.ts'
import { createEngine } from './engine.ts'
import { deadline } from './interceptors/deadline.ts'
import type { NodeTarget } from './topology/spec.ts'

/** A node whose executor appends its name to every text. */
function node(
  name: string,
  { needs, endpoints = ['/default'], handler }: { needs?: string[]; endpoints?: string[]; handler?: Handler } = {},
): NodeTarget {
  const append: Handler = async (request) => {
    const docs = request.ownDocs()
    for (const document of docs) document.text += name
    return request.with({ docs })
  }
  return { name, needs, connection: { send: handler ?? append, endpoints, ready: true, close: async () => {} } }
}

const fails =
  (description: string): Handler =>
  async (request) => {
    const status: Status = { code: 1, description }
    return request.with({ header: { ...request.header, status } })
  }

function ask(nodes: NodeTarget[], init: DataRequestInit = {}): Promise<DataRequest> {
  const docs = init.docs ?? new DocumentArray([new Document({ id: 'd', text: '>' })])
  return createEngine(nodes).handler(new DataRequest({ ...init, docs }), new CallContext())
}

const numbersOf = (tensor: unknown) => (tensor as NdArray).data
const routesOf = ({ routes }: DataRequest) =>
  routes.map(({ executor, endTime }) => (endTime === undefined ? `${executor} skipped` : executor))

describe('a chain', () => {
  it('passes documents from node to node', async () => {
    const answer = await ask([node('a'), node('b'), node('c')])
    expect(answer.docs.texts).toEqual(['>abc'])
    expect(routesOf(answer)).toEqual(['gateway', 'a', 'b', 'c'])
  })

  it('echoes without nodes', async () => {
    const answer = await ask([])
    expect([answer.docs.texts, routesOf(answer)]).toEqual([['>'], ['gateway']])
  })

  it('skips nodes that serve neither the endpoint nor /default', async () => {
    const nodes = [node('a', { endpoints: ['/x'] }), node('b', { endpoints: ['/y'] }), node('c')]
    const answer = await ask(nodes, { header: { execEndpoint: '/y' } })
    expect(answer.docs.texts).toEqual(['>bc'])
    expect(routesOf(answer)).toEqual(['gateway', 'a skipped', 'b', 'c'])
  })

  it('stops at an executor that failed, and tells it in header and route', async () => {
    const answer = await ask([node('a'), node('b', { handler: fails('boom') }), node('c')])
    expect(answer.status).toMatchObject({ code: 1, description: 'boom' })
    expect(routesOf(answer)).toEqual(['gateway', 'a', 'b'])
    expect(answer.routes[2]?.status?.description).toBe('boom')
    expect(answer.docs.texts).toEqual(['>a'])
  })

  it('rejects when a node cannot be reached', async () => {
    const handler = async () => {
      throw new FlowError('UNAVAILABLE', 'gone', { executor: 'b' })
    }
    await expect(ask([node('a'), node('b', { handler })])).rejects.toMatchObject({
      codeName: 'UNAVAILABLE',
      details: { executor: 'b' },
    })
  })

  it('leaves the request as it was', async () => {
    const docs = new DocumentArray([new Document('>')])
    const request = new DataRequest({ docs, header: { targetExecutor: 'a' }, parameters: { a__x: 1 } })
    await createEngine([node('a')]).handler(request, new CallContext())
    expect([request.docs.texts, request.header.targetExecutor, request.routes, request.parameters]).toEqual([
      ['>'],
      'a',
      [],
      { a__x: 1 },
    ])
  })
})

describe('targetExecutor', () => {
  const run = async (targetExecutor: string) =>
    (await ask([node('foo'), node('foobar'), node('bar')], { header: { targetExecutor } })).docs.texts[0]

  it.each([
    ['', '>foofoobarbar'],
    ['foo', '>foofoobar'],
    ['foo$', '>foo'],
    ['bar*', '>bar'],
    ['ar', '>'],
    ['(?i)BAR', '>bar'],
    ['foobar|bar', '>foobarbar'],
    ['nobody', '>'],
  ])('"%s" gives %s', async (pattern, text) => {
    expect(await run(pattern)).toBe(text)
  })

  it.each(['(', '(?=a)', '(a)\\1', '['])('"%s" is refused', async (pattern) => {
    await expect(run(pattern)).rejects.toMatchObject({ codeName: 'INVALID_ARGUMENT' })
  })

  it('has at most 256 characters', async () => {
    await expect(run('a'.repeat(257))).rejects.toMatchObject({ codeName: 'INVALID_ARGUMENT' })
    expect(await run(`${'(a|a)*'.repeat(40)}$`)).toBe('>')
  })

  it('comes back blank', async () => {
    expect((await ask([node('a')], { header: { targetExecutor: 'a' } })).header.targetExecutor).toBe('')
  })
})

describe('parameters', () => {
  const seen: Record<string, unknown> = {}
  const spy = (name: string, result?: JsonObject) =>
    node(name, {
      handler: async (request) => {
        seen[name] = request.parameters
        return result
          ? request.with({ parameters: { ...request.parameters, __results__: { [`${name}/rep-0`]: result } } })
          : request
      },
    })

  it('are renamed for the executor they name, removed for others, and come back as sent', async () => {
    const parameters = { z: 1, a__k: 2, a__b__c: 3, __lead: 4, trail__: 5, b: { k: 6 } }
    const answer = await ask([spy('a'), spy('b'), spy('ab')], { parameters })
    expect(seen.a).toEqual({ z: 1, k: 2, __lead: 4, trail__: 5, b: { k: 6 } })
    expect(seen.b).toEqual({ z: 1, __lead: 4, trail__: 5, b: { k: 6 }, k: 6 })
    expect(seen.ab).toEqual({ z: 1, c: 3, __lead: 4, trail__: 5, b: { k: 6 } })
    expect(answer.parameters).toEqual(parameters)
  })

  it('collect results of all nodes', async () => {
    const answer = await ask([spy('a', { n: 1 }), spy('b', { n: 2 })], { parameters: { z: 1 } })
    expect(answer.parameters).toEqual({ z: 1, __results__: { 'a/rep-0': { n: 1 }, 'b/rep-0': { n: 2 } } })
  })
})

describe('a graph', () => {
  const set = (name: string, needs: string[], change: (document: Document) => void, ms = 0) =>
    node(name, {
      needs,
      handler: async (request) => {
        await new Promise((resolve) => setTimeout(resolve, ms))
        const docs = request.ownDocs()
        for (const document of docs) change(document)
        return request.with({ docs })
      },
    })
  const tag = (key: string) => (document: Document) => {
    document.tags[key] = true
  }

  it('fans out and joins by document id: the first of needs wins, whatever its time', async () => {
    const nodes = [
      set('slow', ['gateway'], (document) => (document.text = 'slow'), 20),
      set('fast', ['gateway'], (document) => {
        document.text = 'fast'
        document.embedding = Float32Array.of(1)
      }),
      set('join', ['slow', 'fast'], () => {}),
    ]
    const answer = await ask(nodes)
    expect(answer.docs).toHaveLength(1)
    expect(answer.docs[0]?.text).toBe('slow')
    expect(numbersOf(answer.docs[0]?.embedding)).toEqual(Float32Array.of(1))
    expect(routesOf(answer)).toEqual(['gateway', 'slow', 'join', 'fast'])
  })

  it('joins whole fields, appends unknown documents, and joins chunks and matches within', async () => {
    const docs = new DocumentArray([new Document({ id: 'd', chunks: [{ id: 'c', text: 'c' }] })])
    const nodes = [
      set('a', ['gateway'], tag('a')),
      set('b', ['gateway'], (document) => {
        document.tags.b = true
        document.weight = 2
        for (const chunk of document.chunks) chunk.embedding = Float32Array.of(3)
        document.matches = [new Document({ id: 'm' })]
      }),
      node('more', {
        needs: ['gateway'],
        handler: async (request) => request.with({ docs: new DocumentArray([new Document({ id: 'new' })]) }),
      }),
      set('join', ['a', 'b', 'more'], () => {}),
    ]
    const answer = await ask(nodes, { docs })
    expect(answer.docs.ids).toEqual(['d', 'new'])
    const [joined] = answer.docs
    expect(joined?.tags).toEqual({ a: true })
    expect([joined?.weight, joined?.matches.ids]).toEqual([2, ['m']])
    expect(numbersOf(joined?.chunks[0]?.embedding)).toEqual(Float32Array.of(3))
  })

  it('replaces a content by one of another kind, as docarray does', async () => {
    const nodes = [
      set('a', ['gateway'], (document) => (document.text = 'A')),
      set('b', ['gateway'], (document) => (document.tensor = Float32Array.of(1))),
      set('join', ['a', 'b'], () => {}),
    ]
    const [joined] = (await ask(nodes)).docs
    expect([joined?.text, joined?.contentType]).toEqual(['', 'tensor'])
  })

  it('joins at skipped nodes too', async () => {
    const nodes = [
      set('a', ['gateway'], tag('a')),
      set('b', ['gateway'], (document) => (document.weight = 2)),
      node('join', { needs: ['a', 'b'], endpoints: ['/x'] }),
    ]
    const answer = await ask(nodes, { header: { execEndpoint: '/y', targetExecutor: 'a|b' } })
    expect([answer.docs[0]?.tags, answer.docs[0]?.weight]).toEqual([{ a: true }, 2])
  })

  it('awaits the other branches of one that failed, and answers with the first failure of the graph', async () => {
    const nodes = [
      node('a', { needs: ['gateway'] }),
      node('b', { needs: ['gateway'], handler: fails('boom') }),
      node('join', { needs: ['a', 'b'] }),
    ]
    const answer = await ask(nodes)
    expect([answer.status?.description, routesOf(answer)]).toEqual(['boom', ['gateway', 'a', 'b']])
  })

  it('answers with the first failure of the graph, not of time', async () => {
    const later: Handler = async (request, call) => {
      await new Promise((resolve) => setTimeout(resolve, 10))
      return fails('first')(request, call)
    }
    const nodes = [
      node('a', { needs: ['gateway'], handler: later }),
      node('b', { needs: ['gateway'], handler: fails('second') }),
      node('join', { needs: ['b', 'a'] }),
    ]
    expect((await ask(nodes)).status?.description).toBe('first')
  })

  it('takes the request itself as a branch', async () => {
    const nodes = [
      node('a', { needs: ['gateway'] }),
      node('join', { needs: ['gateway', 'a'], handler: async (request) => request }),
    ]
    expect((await ask(nodes)).docs.texts).toEqual(['>'])
  })

  it('does not wait for nodes that lead nowhere', async () => {
    const nodes = [
      node('a'),
      node('aside', { needs: ['gateway'], handler: () => new Promise(() => {}) }),
      node('exit', { needs: ['a'] }),
    ]
    expect((await ask(nodes)).docs.texts).toEqual(['>aexit'])
  })

  it.each<[string, NodeTarget[], RegExp]>([
    ['two of one name', [node('a'), node('a')], /two nodes named "a"/],
    ['one named gateway', [node('gateway')], /two nodes named "gateway"/],
    ['one that needs itself', [node('a', { needs: ['a'] })], /"a" needs itself/],
    ['an unknown need', [node('a'), node('b', { needs: ['c'] })], /"b" needs "c".*gateway, a/],
  ])('is refused with %s', async (_, nodes, message) => {
    expect(() => createEngine(nodes)).toThrow(message)
  })
})

describe('a condition', () => {
  const when = (name: string, filter: JsonObject, needs?: string[]) => ({
    ...node(name, { ...(needs && { needs }) }),
    when: compileQuery(filter),
  })
  const docs = () => new DocumentArray(['x', 'y', 'z'].map((text) => new Document({ id: text, text })))

  it('gives a node, and those behind it, the documents it wants', async () => {
    const answer = await ask([when('a', { text: { $neq: 'y' } }), node('b')], { docs: docs() })
    expect(answer.docs.texts).toEqual(['xab', 'zab'])
  })

  it('lets branches have documents of their own, and the answer has the order of the request', async () => {
    const nodes = [
      when('a', { text: { $eq: 'z' } }, ['gateway']),
      when('b', { text: { $neq: 'z' } }, ['gateway']),
      node('join', { needs: ['a', 'b'], handler: async (request) => request }),
    ]
    expect((await ask(nodes, { docs: docs() })).docs.texts).toEqual(['xb', 'yb', 'za'])
  })

  it('counts nothing where its node is skipped', async () => {
    const nodes = [when('a', { text: { $eq: 'x' } }), node('b')]
    expect((await ask(nodes, { docs: docs(), header: { targetExecutor: 'b' } })).docs.texts).toEqual(['xb', 'yb', 'zb'])
  })

  it('is sent a request without documents where it wants none', async () => {
    const answer = await ask([when('a', { text: { $eq: '?' } })], { docs: docs() })
    expect([answer.docs.length, routesOf(answer)]).toEqual([0, ['gateway', 'a']])
  })
})

describe('a node that wants its branches apart', () => {
  let seen: DataRequest | undefined
  const apart = (needs: string[], endpoints?: string[]): NodeTarget => ({
    ...node('apart', {
      needs,
      ...(endpoints && { endpoints }),
      handler: async (request) => {
        seen = request
        return request
      },
    }),
    noReduce: true,
  })

  it('gets them one after the other in the order of its needs, and is told whose they are', async () => {
    await ask([node('a', { needs: ['gateway'] }), node('b', { needs: ['a'] }), apart(['b', 'gateway', 'a'])])
    expect(seen?.docs.texts).toEqual(['>ab', '>', '>a'])
    expect(seen?.branches).toEqual([
      { executor: 'b', count: 1 },
      { executor: 'gateway', count: 1 },
      { executor: 'a', count: 1 },
    ])
  })

  it('passes them on merged where it is skipped', async () => {
    const nodes = [node('a', { needs: ['gateway'] }), node('b', { needs: ['gateway'] }), apart(['a', 'b'], ['/x'])]
    expect((await ask(nodes)).docs.texts).toEqual(['>a'])
  })

  it('tells every node where its documents come from, past those that were skipped', async () => {
    await ask([node('a'), node('b', { endpoints: ['/x'] }), { ...apart(['b']), noReduce: false }])
    expect(seen?.branches).toEqual([{ executor: 'a' }])
  })
})

describe('a floating node', () => {
  it('is not waited for, has what its branch had, and is ended before the engine is idle', async () => {
    let finish = () => {}
    let seen: string[] = []
    const aside = node('aside', {
      needs: ['a'],
      handler: async (request) => {
        await new Promise<void>((resolve) => (finish = resolve))
        seen = request.docs.texts
        return request
      },
    })
    const engine = createEngine([node('a'), { ...aside, floating: true }, node('b')])
    const request = new DataRequest({ docs: new DocumentArray([new Document('>')]) })
    const call = new CallContext()
    const answer = await engine.handler(request, call)
    expect([answer.docs.texts, routesOf(answer)]).toEqual([['>ab'], ['gateway', 'a', 'aside skipped', 'b']])
    call.cancel()
    let idle = false
    const ending = engine.idle().then(() => (idle = true))
    await new Promise((resolve) => setImmediate(resolve))
    expect(idle).toBe(false)
    finish()
    await ending
    expect(seen).toEqual(['>a'])
  })

  it('does no harm where it fails or cannot be reached', async () => {
    const handler = async () => {
      throw new FlowError('UNAVAILABLE', 'gone')
    }
    const nodes = [node('a'), { ...node('aside', { handler }), floating: true }]
    const engine = createEngine(nodes)
    const answer = await engine.handler(
      new DataRequest({ docs: new DocumentArray([new Document('>')]) }),
      new CallContext(),
    )
    await engine.idle()
    expect(answer.docs.texts).toEqual(['>a'])
  })

  it('alone leaves the request as it is', async () => {
    const answer = await ask([{ ...node('a'), floating: true }])
    expect(answer.docs.texts).toEqual(['>'])
  })
})

describe('the deadline', () => {
  const engine = deadline({ timeoutMs: 30 })
  const request = () => new DataRequest({ header: { requestId: 'r1', execEndpoint: '/x' } })

  it('ends a request that nobody answers, and aborts its signal', async () => {
    let reason: FlowError | undefined
    const handler: Handler = (_request, call) => {
      call.signal.addEventListener('abort', () => (reason = call.signal.reason))
      return new Promise(() => {})
    }
    await expect(engine(handler)(request(), new CallContext())).rejects.toMatchObject({
      codeName: 'DEADLINE_EXCEEDED',
      details: { requestId: 'r1', endpoint: '/x' },
    })
    expect(reason?.codeName).toBe('DEADLINE_EXCEEDED')
  })

  it("is the call's own where it has one", async () => {
    const call = new CallContext({ deadline: performance.now() - 1 })
    await expect(engine(async (sent) => sent)(request(), call)).rejects.toMatchObject({ codeName: 'DEADLINE_EXCEEDED' })
    const seen = await engine(async (sent, { deadline }) =>
      sent.with({ parameters: { left: (deadline as number) > performance.now() } }),
    )(request(), new CallContext({ deadline: performance.now() + 10_000 }))
    expect(seen.parameters).toEqual({ left: true })
  })

  it('comes early when the caller leaves', async () => {
    const call = new CallContext()
    const pending = deadline({ timeoutMs: 10_000 })(() => new Promise(() => {}))(request(), call)
    call.cancel()
    await expect(pending).rejects.toMatchObject({ codeName: 'CANCELLED' })
  })
})
