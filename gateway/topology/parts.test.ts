import { describe, expect, it } from 'vitest'
import { createExecutor, createRunner, defineExecutor, type EndpointMethod } from '../../executors/index.ts'
import { CallContext, DataRequest, Document, DocumentArray, FlowError } from '../../proto/index.ts'
import { createEngine } from '../engine.ts'
import { deadline } from '../interceptors/deadline.ts'
import type { NodeTarget } from './spec.ts'

const log: string[] = []

async function node(name: string, method: EndpointMethod, needs?: string[]): Promise<NodeTarget> {
  const executor = await createExecutor(defineExecutor({ name, requests: { '/x': method } }), { name })
  return {
    name,
    needs,
    connection: { send: createRunner(executor), endpoints: ['/x'], ready: true, close: async () => {} },
  }
}

const count: EndpointMethod = async function* (_docs, { parameters }) {
  try {
    for (let i = 0; i < Number(parameters.count ?? 3); i++) {
      log.push(`yield ${i}`)
      yield new Document(`${i}`)
    }
  } finally {
    log.push('ended')
  }
  return { done: true }
}

const append =
  (suffix: string): EndpointMethod =>
  (docs, { parameters }) => {
    for (const document of docs) document.text += `${suffix}${parameters.mark ?? ''}`
    return { seen: suffix }
  }

const twice: EndpointMethod = function* (docs) {
  for (const document of docs) yield [new Document(`${document.text}!`), new Document(`${document.text}?`)]
}

async function ask(nodes: NodeTarget[], { parts = true, parameters = {}, target = '' } = {}) {
  log.length = 0
  const texts: string[][] = []
  const emit = async (part: DataRequest) => {
    log.push(`part ${part.docs.texts}`)
    texts.push(part.docs.texts)
  }
  const request = new DataRequest({
    header: { execEndpoint: '/x', targetExecutor: target },
    docs: new DocumentArray([new Document('in')]),
    parameters,
  })
  const answer = await createEngine(nodes).handler(request, new CallContext(parts ? { emit } : {}))
  return { texts, answer }
}

describe('parts', () => {
  it('pass through the rest of a chain one after the other, each before the next is asked for', async () => {
    const { texts, answer } = await ask([
      await node('a', count),
      await node('b', append('b')),
      await node('c', append('c')),
    ])
    expect(texts).toEqual([['0bc'], ['1bc'], ['2bc']])
    expect(log.slice(0, 4)).toEqual(['yield 0', 'part 0bc', 'yield 1', 'part 1bc'])
    expect(answer.docs.texts).toEqual([])
    expect(answer.parameters.__results__).toEqual({
      'a/rep-0': { done: true },
      'b/rep-0': { seen: 'b' },
      'c/rep-0': { seen: 'c' },
    })
  })

  it('leave one route a node', async () => {
    const { answer } = await ask([await node('a', count), await node('b', append('b'))])
    expect(answer.routes.map(({ executor, endTime }) => [executor, endTime !== undefined])).toEqual([
      ['gateway', true],
      ['a', true],
      ['b', true],
    ])
  })

  it('come from the end of a chain, and are cut again by generators on their way', async () => {
    expect((await ask([await node('a', append('a')), await node('b', count)])).texts).toEqual([['0'], ['1'], ['2']])
    const { texts } = await ask([await node('a', count), await node('b', twice), await node('c', append('c'))])
    expect(texts).toEqual([
      ['0!c', '0?c'],
      ['1!c', '1?c'],
      ['2!c', '2?c'],
    ])
  })

  it('have the parameters as sent, and each node those that are meant for it', async () => {
    const parameters = { b__mark: '#', a: { count: 1 } }
    const { texts, answer } = await ask([await node('a', count), await node('b', append('b'))], { parameters })
    expect(texts).toEqual([['0b#']])
    expect(answer.parameters).toMatchObject(parameters)
  })

  it('pass nodes by that the target leaves out', async () => {
    const { texts } = await ask([await node('a', count), await node('b', append('b'))], { target: 'a' })
    expect(texts).toEqual([['0'], ['1'], ['2']])
  })

  it('are collected where the caller did not ask for them', async () => {
    const { texts, answer } = await ask([await node('a', count), await node('b', append('b'))], { parts: false })
    expect([texts, answer.docs.texts]).toEqual([[], ['0b', '1b', '2b']])
  })

  it('are collected before a join, and go on after it', async () => {
    const nodes = [
      await node('a', count, ['gateway']),
      await node('b', append('b'), ['gateway']),
      await node('join', count, ['a', 'b']),
      await node('last', append('c')),
    ]
    const { texts } = await ask(nodes)
    expect(texts).toEqual([['0c'], ['1c'], ['2c']])
    const { answer } = await ask(nodes.slice(0, 2).concat(await node('join', append('j'), ['a', 'b'])))
    expect(answer.docs.texts.toSorted()).toEqual(['0j', '1j', '2j', 'inbj'])
  })

  it('end where a later executor fails on one: the generator is ended, the status is that failure', async () => {
    const fails: EndpointMethod = (docs) => {
      if (docs.texts[0] === '1') throw new RangeError('not this one')
    }
    const { texts, answer } = await ask([await node('a', count), await node('b', fails), await node('c', append('c'))])
    expect(texts).toEqual([['0c']])
    expect(answer.status?.exception).toMatchObject({ name: 'RangeError', executor: 'b' })
    expect(log).toEqual(['yield 0', 'part 0c', 'yield 1', 'ended'])
    expect(answer.routes.map(({ executor, status }) => [executor, status?.code])).toEqual([
      ['gateway', undefined],
      ['a', undefined],
      ['b', 1],
      ['c', undefined],
    ])
  })

  it('that nobody takes keep the executor no longer than the deadline', async () => {
    log.length = 0
    const engine = deadline({ timeoutMs: 40 })(createEngine([await node('a', count)]).handler)
    const emit = () => new Promise<void>(() => {})
    const request = new DataRequest({ header: { execEndpoint: '/x' } })
    await expect(engine(request, new CallContext({ emit }))).rejects.toMatchObject({ codeName: 'DEADLINE_EXCEEDED' })
    await expect.poll(() => log).toEqual(['yield 0', 'ended'])
  })

  it('stop with a caller who leaves', async () => {
    log.length = 0
    const engine = deadline({ timeoutMs: 1000 })(
      createEngine([await node('a', count), await node('b', append('b'))]).handler,
    )
    const call: CallContext = new CallContext({ emit: async () => call.cancel(new FlowError('CANCELLED', 'left')) })
    const request = new DataRequest({ header: { execEndpoint: '/x' } })
    await expect(engine(request, call)).rejects.toMatchObject({ codeName: 'CANCELLED' })
    await expect.poll(() => log).toEqual(['yield 0', 'ended'])
  })
})
