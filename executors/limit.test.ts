import { describe, expect, it } from 'vitest'
import { CallContext, DataRequest, FlowError, type Handler, turnOf } from '../proto/index.ts'
import { FairQueue } from './fair-queue.ts'
import { limit } from './limit.ts'

/** A limited handler whose requests run until they are ended by name. */
function limited(concurrency: number, maxQueued = 100) {
  const running = new Map<string, (error?: FlowError) => void>()
  const started: string[] = []
  const handler: Handler = (request) =>
    new Promise((resolve, reject) => {
      const name = request.header.requestId
      started.push(name)
      running.set(name, (error) => (error ? reject(error) : resolve(request)))
    })
  const queued = limit({ executor: 'embed', concurrency, maxQueued })(handler)
  const send = (requestId: string, call = callOf('a')) => queued(new DataRequest({ header: { requestId } }), call)
  return { send, started, end: (name: string, error?: FlowError) => running.get(name)?.(error) }
}

const callOf = (id: string) => new CallContext({ caller: { id } })
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('a limit before an executor', () => {
  it('runs as many at once as concurrency says, and the rest in the order they came', async () => {
    const { send, started, end } = limited(2)
    const answers = ['1', '2', '3', '4'].map((name) => send(name))
    expect(started).toEqual(['1', '2'])
    end('2')
    await turn()
    expect(started).toEqual(['1', '2', '3'])
    for (const name of ['1', '3']) end(name)
    await turn()
    end('4')
    expect((await Promise.all(answers)).map(({ header }) => header.requestId)).toEqual(['1', '2', '3', '4'])
  })

  it('gives the place of one that failed to the next', async () => {
    const { send, started, end } = limited(1)
    const failing = send('1')
    send('2')
    end('1', new FlowError('UNAVAILABLE', 'gone'))
    await expect(failing).rejects.toThrow('gone')
    expect(started).toEqual(['1', '2'])
  })

  it('lets callers take turns', async () => {
    const { send, started, end } = limited(1)
    send('running')
    for (const name of ['a1', 'a2', 'a3']) send(name, callOf('a'))
    for (const name of ['b1', 'c1', 'b2']) send(name, callOf(name.slice(0, 1)))
    for (const name of ['running', 'a1', 'b1', 'c1', 'a2', 'b2']) {
      end(name)
      await turn()
    }
    expect(started).toEqual(['running', 'a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
  })

  it('refuses what finds the queue full with RESOURCE_EXHAUSTED that names the executor', async () => {
    const { send } = limited(1, 1)
    send('1')
    send('2')
    await expect(send('3')).rejects.toMatchObject({
      codeName: 'RESOURCE_EXHAUSTED',
      details: { executor: 'embed', requestId: '3', retryAfterMs: 1000 },
    })
  })

  it('rejects a waiting request that is cancelled at once, and never runs it', async () => {
    const { send, started, end } = limited(1)
    send('1')
    const call = callOf('a')
    const waiting = send('2', call)
    call.cancel(new FlowError('DEADLINE_EXCEEDED', 'too late'))
    await expect(waiting).rejects.toMatchObject({ codeName: 'DEADLINE_EXCEEDED' })
    send('3')
    end('1')
    await turn()
    expect(started).toEqual(['1', '3'])
  })

  it('keeps the place of a cancelled request until its executor has ended', async () => {
    const { send, started, end } = limited(1)
    const call = callOf('a')
    send('1', call)
    send('2')
    call.cancel()
    await turn()
    expect(started).toEqual(['1'])
    end('1')
    await turn()
    expect(started).toEqual(['1', '2'])
  })
})

it('whoever proved to be somebody takes one turn, over all connections', () => {
  const queue = new FairQueue<string>()
  const ask = (id: string, item: string, principal?: string) => queue.push(turnOf({ id, principal }), item)
  ask('one', 'a1', 'alice')
  ask('two', 'a2', 'alice')
  ask('three', 'b', 'bob')
  ask('four', 'c')
  expect([queue.shift(), queue.shift(), queue.shift(), queue.shift()]).toEqual(['a1', 'b', 'c', 'a2'])
})

it('a fair queue forgets callers who have nothing waiting', () => {
  const queue = new FairQueue<string>()
  const removes = ['x', 'y', 'z'].map((item, i) => queue.push(`caller ${i}`, item))
  removes[1]?.()
  removes[1]?.()
  expect([queue.size, queue.shift(), queue.shift(), queue.shift(), queue.size]).toEqual([2, 'x', 'z', undefined, 0])
})
