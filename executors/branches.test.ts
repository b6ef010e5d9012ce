import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  CallContext,
  DataRequest,
  type DataRequestInit,
  Document,
  DocumentArray,
  decodeRequest,
  encodeRequest,
  gatherApart,
  type NdArray,
} from '../proto/index.ts'
import type { Context } from './context.ts'
import { endpointsOf, requests } from './endpoints.ts'
import { createExecutor, defineExecutor, Executor } from './executor.ts'
import type { ExecutorInit } from './options.ts'
import { createRunner, type RunnerOptions } from './runner.ts'

const request = (ids: string[], init: DataRequestInit = {}) =>
  new DataRequest({ ...init, docs: new DocumentArray(ids.map((id) => new Document({ id }))) })

const classOf = (tensor: unknown) => (tensor as NdArray).clsName

class Looks extends Executor {
  @requests('/look')
  look(docs: DocumentArray, { docsMatrix, docsMap }: Context) {
    const map = Object.entries(docsMap).map(([name, own]) => `${name}: ${own.ids}`)
    return { docs: docs.ids, matrix: docsMatrix?.map(({ ids }) => ids) ?? null, map }
  }

  @requests('/first')
  first(_docs: DocumentArray, { docsMatrix }: Context): DocumentArray | undefined {
    return docsMatrix?.[0]
  }

  @requests('/mark')
  mark(_docs: DocumentArray, { docsMap }: Context): void {
    for (const doc of docsMap.b ?? []) doc.text = 'of b'
  }
}

async function ask(sent: DataRequest, endpoint: string, init?: ExecutorInit, options?: RunnerOptions) {
  const run = createRunner(await createExecutor(Looks, init), options)
  const header = { ...sent.header, execEndpoint: endpoint }
  return run(sent.with({ header, branches: sent.branches }), new CallContext())
}

describe('the documents of several branches', () => {
  const both = gatherApart([request(['1', '2']), request(['2', '3'])], ['a', 'b'])

  it('are seen together and apart', async () => {
    expect((await ask(both, '/look')).parameters.__results__).toEqual({
      'Looks/rep-0': {
        docs: ['1', '2', '2', '3'],
        matrix: [
          ['1', '2'],
          ['2', '3'],
        ],
        map: ['a: 1,2', 'b: 2,3'],
      },
    })
  })

  it('are the same documents both ways', async () => {
    expect((await ask(both, '/mark')).docs.texts).toEqual(['', '', 'of b', 'of b'])
    expect((await ask(both, '/first')).docs.ids).toEqual(['1', '2'])
  })

  it('cross a hop', async () => {
    const there = decodeRequest(encodeRequest(both))
    expect(there.branches).toEqual([
      { executor: 'a', count: 2 },
      { executor: 'b', count: 2 },
    ])
    expect((await ask(there, '/first')).docs.ids).toEqual(['1', '2'])
  })

  it('of one branch are one row, under the name of who was before', async () => {
    const one = request(['1']).with({ branches: [{ executor: 'before' }] })
    expect((await ask(one, '/look')).parameters.__results__).toEqual({
      'Looks/rep-0': { docs: ['1'], matrix: [['1']], map: ['before: 1'] },
    })
    const none = (await ask(request([]), '/look')).parameters.__results__
    expect(none).toEqual({ 'Looks/rep-0': { docs: [], matrix: null, map: ['gateway: '] } })
  })

  it('go on merged where the executor does not serve the endpoint', async () => {
    expect((await ask(both, '/other')).docs.ids).toEqual(['1', '2', '3'])
  })

  it('do not come back as branches', async () => {
    expect((await ask(both, '/mark')).branches).toBeUndefined()
  })
})

describe('what a deployment says of its executor', () => {
  class Several extends Executor {
    @requests(['/a', '/b'])
    one(docs: DocumentArray): void {
      docs.push(new Document('one'))
    }

    two(docs: DocumentArray): void {
      docs.push(new Document('two'))
    }
  }

  it('binds methods to endpoints, in the place of the last they had', async () => {
    const rebound = { '/c': 'one', '/d': 'two' }
    expect(endpointsOf(await createExecutor(Several, { requests: rebound }))).toEqual([
      '_jina_dry_run_',
      '/a',
      '/c',
      '/d',
    ])
    const plain = defineExecutor({ name: 'Plain', requests: { '/x': () => {} } })
    expect(endpointsOf(await createExecutor(plain, { requests: { '/y': '/x' } }))).toEqual(['_jina_dry_run_', '/y'])
  })

  it('is refused where there is no such method', async () => {
    await expect(createExecutor(Several, { name: 'e', requests: { '/c': 'three' } })).rejects.toMatchObject({
      codeName: 'INVALID_ARGUMENT',
      reason: 'Several has no method "three"',
      details: { executor: 'e', hint: /one/ },
    })
  })

  it('names it: an object of that name among the parameters is meant for it', async () => {
    const asks = defineExecutor({ name: 'Asks', requests: { '/x': (_, { parameters }) => ({ ...parameters }) } })
    const sent = request([], { header: { execEndpoint: '/x' }, parameters: { k: 1, Asks: { k: 2 }, other: { k: 3 } } })
    const seen = async (init: ExecutorInit) => {
      const answer = await createRunner(await createExecutor(asks, init), { runtimeName: 'r' })(sent, new CallContext())
      return (answer.parameters.__results__ as { r: { k: number } }).r.k
    }
    expect([await seen({}), await seen({ metas: { name: 'other' } })]).toEqual([2, 3])
  })

  it('gives each shard a folder of its own', async () => {
    const workspace = mkdtempSync(join(tmpdir(), 'sluice-shard-'))
    const executor = await createExecutor(Several, { workspace, shard: 1 })
    expect([executor.workspace, executor.shard]).toEqual([join(workspace, 'Several', '1'), 1])
  })

  it('says what Python makes of its tensors, nested ones too', async () => {
    const nested = defineExecutor({
      name: 'Nested',
      requests: {
        '/x': (docs) => {
          for (const doc of docs) doc.chunks.push(new Document({ tensor: Float32Array.of(1) }))
        },
      },
    })
    const docs = new DocumentArray([new Document({ embedding: Float32Array.of(2) })])
    const sent = new DataRequest({ header: { execEndpoint: '/x' }, docs })
    const run = createRunner(await createExecutor(nested), { outputArrayType: 'list' })
    const [doc] = (await run(sent, new CallContext())).docs
    expect(classOf(doc?.embedding)).toBe('list')
    expect(classOf(doc?.chunks[0]?.tensor)).toBe('list')
    expect(classOf(docs[0]?.embedding)).toBe('numpy')
  })
})
