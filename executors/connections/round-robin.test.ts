import { describe, expect, it } from 'vitest'
import { CallContext, DataRequest } from '../../proto/index.ts'
import type { Connection } from '../transports/transport.ts'
import { roundRobin } from './round-robin.ts'

interface Fake extends Connection {
  ready: boolean
  closed: boolean
}

function fake(id: number, endpoints?: string[]): Fake {
  return {
    send: async (request) => request.with({ parameters: { id } }),
    endpoints,
    ready: true,
    closed: false,
    async close() {
      this.closed = true
    },
  }
}

async function whoAnswers(connection: Connection, times: number): Promise<unknown[]> {
  const answers = []
  for (let i = 0; i < times; i++) answers.push(await connection.send(new DataRequest(), new CallContext()))
  return answers.map(({ parameters }) => parameters.id)
}

describe('replicas as one connection', () => {
  it('takes them in turn', async () => {
    expect(await whoAnswers(roundRobin([fake(0), fake(1), fake(2)]), 6)).toEqual([0, 1, 2, 0, 1, 2])
  })

  it('passes over those that are not ready, until they are', async () => {
    const [a, b, c] = [fake(0), fake(1), fake(2)]
    const all = roundRobin([a, b, c])
    b.ready = false
    const answered = await whoAnswers(all, 6)
    expect(answered).not.toContain(1)
    expect(new Set(answered)).toEqual(new Set([0, 2]))
    b.ready = true
    expect(await whoAnswers(all, 3)).toContain(1)
  })

  it('is ready while one is, and asks each in turn where none is', async () => {
    const [a, b] = [fake(0), fake(1)]
    const all = roundRobin([a, b])
    a.ready = false
    expect(all.ready).toBe(true)
    b.ready = false
    expect(all.ready).toBe(false)
    expect(await whoAnswers(all, 4)).toEqual([0, 1, 0, 1])
  })

  it('tells the figures of all: counts added, times of the one that waits longest', () => {
    const queues = [
      { queued: 1, oldestMs: 5 },
      { queued: 2, oldestMs: 9 },
    ].map((stats, id) => ({ ...fake(id), stats }))
    expect(roundRobin([...queues, fake(2)]).stats).toEqual({ queued: 3, oldestMs: 9 })
    expect(roundRobin([fake(0), fake(1)]).stats).toBeUndefined()
  })

  it('serves what the first one serves that is known, and closes all', async () => {
    const replicas = [fake(0), fake(1, ['/index'])]
    const all = roundRobin(replicas)
    expect(all.endpoints).toEqual(['/index'])
    await all.close()
    expect(replicas.map(({ closed }) => closed)).toEqual([true, true])
  })
})
