import { describe, expect, it } from 'vitest'
import { CallContext, DataRequest, type Logger, silent } from '../proto/index.ts'
import { api } from './api/api.ts'
import { callApi } from './api/handle.ts'
import { Background, taskResponse } from './background.ts'
import { createExecutor, defineExecutor } from './executor.ts'
import { limit } from './limit.ts'
import { createRunner } from './runner.ts'

const did: string[] = []
const doing = (name: string) => () => void did.push(name)
const failing = (name: string) => () => {
  did.push(name)
  throw new Error(`${name} failed`)
}

const Sample = defineExecutor({
  name: 'Sample',
  requests: { '/x': (_, { background }) => void background.add((name: string) => did.push(name), 'documents') },
  apis: {
    ordered: api({}, (_, { background }) => {
      background.add(async (name: string) => {
        await new Promise((resolve) => setImmediate(resolve))
        did.push(name)
      }, 'slow first')
      background.add(doing('second'))
      return 'answer'
    }),
    fails: api({}, (_, { background }) => {
      background.add(doing('one')).add(failing('two')).add(doing('three'))
      return 1
    }),
    settled: api({}, (_, { background }) => {
      background.mode = 'settled'
      background.add(doing('one')).add(failing('two')).add(doing('three'))
      return 1
    }),
    refused: api({}, (_, { background }) => {
      background.add(doing('never'))
      throw new Error('no')
    }),
    page: api({}, () => taskResponse({ message: 'success' }, doing('one'))),
    several: api({}, () =>
      taskResponse('x', new Background().add((name: string) => did.push(name), 'one').add(doing('two'))),
    ),
    streams: api({ stream: true }, async function* (_, { background }) {
      background.add(doing('after the stream'))
      yield 'item'
      did.push('stream ended')
    }),
  },
})

async function start(logger: Logger = silent) {
  did.length = 0
  return createRunner(await createExecutor(Sample), { logger })
}

describe('work in the background', () => {
  it('is done after the answer, in the order in which it was added', async () => {
    const runner = await start()
    expect(await callApi(runner, 'ordered', {})).toBe('answer')
    expect(did).toEqual([])
    await runner.background.idle()
    expect(did).toEqual(['slow first', 'second'])
    expect(runner.background.stats()).toEqual({ backgroundRunning: 0, backgroundDone: 2, backgroundFailed: 0 })
  })

  it('that fails is logged, counted, and the last that is done', async () => {
    const logged: object[] = []
    const logger = { ...silent, warn: (fields: object) => void logged.push(fields) }
    const runner = await start(logger)
    await callApi(runner, 'fails', {}, { requestId: 'r1' })
    await runner.background.idle()
    expect(did).toEqual(['one', 'two'])
    const err = expect.objectContaining({ message: 'two failed' })
    expect(logged).toEqual([{ err, executor: 'Sample', endpoint: 'api:fails', requestId: 'r1', dropped: 1 }])
    expect(runner.background.stats()).toEqual({ backgroundRunning: 0, backgroundDone: 1, backgroundFailed: 1 })
  })

  it('goes on after a failure where its mode is settled', async () => {
    const runner = await start()
    await callApi(runner, 'settled', {})
    await runner.background.idle()
    expect(did).toEqual(['one', 'two', 'three'])
  })

  it('is not done where the call itself failed', async () => {
    const runner = await start()
    await expect(callApi(runner, 'refused', {})).rejects.toThrow()
    await runner.background.idle()
    expect(did).toEqual([])
  })

  it('is what an endpoint returns beside its result, too', async () => {
    const runner = await start()
    expect(await callApi(runner, 'page', {})).toEqual({ message: 'success' })
    expect(await callApi(runner, 'several', {})).toBe('x')
    await runner.background.idle()
    expect(did).toEqual(['one', 'one', 'two'])
  })

  it('of a stream begins when it has ended', async () => {
    const runner = await start()
    expect(await callApi(runner, 'streams', {})).toEqual(['item'])
    await runner.background.idle()
    expect(did).toEqual(['stream ended', 'after the stream'])
  })

  it('of document endpoints is done as well', async () => {
    const runner = await start()
    await runner(new DataRequest({ header: { execEndpoint: '/x' } }), new CallContext())
    await runner.background.idle()
    expect(did).toEqual(['documents'])
  })

  it('holds no place of the executor', async () => {
    let release = () => {}
    const Held = defineExecutor({
      name: 'Held',
      apis: {
        hold: api({}, (_, { background }) => {
          background.add(() => new Promise<void>((resolve) => (release = resolve)))
          return 1
        }),
      },
    })
    const runner = createRunner(await createExecutor(Held))
    const one = limit({ executor: 'held', concurrency: 1, maxQueued: 0 })
    const limited = one(runner)
    await callApi(limited, 'hold', {})
    await expect.poll(() => runner.background.stats().backgroundRunning).toBe(1)
    expect(one.stats()).toEqual({ running: 0, queued: 0 })
    expect(await callApi(limited, 'hold', {})).toBe(1)
    release()
  })
})
