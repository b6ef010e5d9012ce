import { describe, expect, it } from 'vitest'
import { DataRequest, Document, DocumentArray, decodeFrame, FlowError, type Frame } from '../../../proto/index.ts'
import { Dispatcher, type DispatcherOptions, type Job, marginMs } from './dispatcher.ts'

function dispatcher(options: Partial<DispatcherOptions> = {}) {
  const jobs: Job[] = []
  const failed: [id: number, code: string][] = []
  const made = new Dispatcher({
    name: 'gw-embed',
    maxJobDocuments: 1000,
    maxJobBytes: 2 ** 20,
    maxJobWorkMs: 10,
    maxQueued: 100,
    submit: async (job) => void jobs.push(job),
    fail: (id, error) => void failed.push([id, error.codeName]),
    ...options,
  })
  const add = (...frames: Frame[]) => {
    for (const frame of frames) made.add(frame, undefined)
  }
  /** Ids of the requests of each job so far. */
  const sent = async () => {
    await new Promise((resolve) => setImmediate(resolve))
    return jobs.map(({ frames }) => frames.map((bytes) => decodeFrame(bytes).id))
  }
  return { made, add, sent, jobs, failed }
}

const request = (id: number, { caller = 'a', documents = 1, text = 'x' } = {}): Frame => ({
  id,
  kind: 'REQUEST',
  caller: { id: caller },
  body: new DataRequest({ docs: new DocumentArray(Array.from({ length: documents }, () => new Document(text))) }),
})

/** Says that requests take next to nothing, so that work limits no job. */
const quick = (made: Dispatcher) => {
  for (let i = 0; i < 50; i++) made.ended(0, 1)
}

describe('a dispatcher', () => {
  it('puts what waits into one job, while four are open for each consumer', async () => {
    const { made, add, sent } = dispatcher()
    quick(made)
    made.capacity = { consumers: 1, slots: 1, concurrency: 1 }
    add(request(1), request(2))
    expect(await sent()).toEqual([[1, 2]])
    add(request(3))
    expect(await sent()).toEqual([[1, 2], [3]])
    for (const id of [4, 5]) {
      add(request(id))
      await sent()
    }
    add(request(6), request(7))
    expect(await sent()).toHaveLength(4)
    made.ended(1)
    expect(await sent()).toHaveLength(4)
    made.ended(2)
    expect(await sent()).toEqual([[1, 2], [3], [4], [5], [6, 7]])
  })

  it('opens more jobs for requests that take their time', async () => {
    const { made, add, sent } = dispatcher({ maxJobWorkMs: 0.001 })
    made.capacity = { consumers: 1, slots: 4, concurrency: 1 }
    for (let i = 0; i < 50; i++) made.ended(0, 50_000)
    add(...Array.from({ length: 10 }, (_, i) => request(i + 1)))
    expect(await sent()).toHaveLength(8)
    for (let i = 0; i < 50; i++) made.ended(0, 1)
    made.ended(1)
    expect(await sent()).toHaveLength(8)
  })

  it('shares what waits among its free places where there is much of it', async () => {
    const { made, add, sent } = dispatcher({ maxQueued: 1000 })
    quick(made)
    made.capacity = { consumers: 1, slots: 1, concurrency: 1 }
    add(...Array.from({ length: 400 }, (_, i) => request(i + 1)))
    expect((await sent()).map(({ length }) => length)).toEqual([100, 100, 100, 100])
  })

  it('tells how long the oldest has waited', async () => {
    const { made, add, sent } = dispatcher()
    expect(made.oldestMs).toBe(0)
    add(request(1))
    await sent()
    const first = made.oldestMs
    add(request(2))
    await sent()
    expect(made.oldestMs).toBeGreaterThan(first)
    made.cancel(1)
    made.cancel(2)
    expect(made.oldestMs).toBe(0)
  })

  it('sends nothing while no consumer is there', async () => {
    const { made, add, sent } = dispatcher()
    add(request(1))
    expect(await sent()).toEqual([])
    made.capacity = { consumers: 1, slots: 1, concurrency: 1 }
    expect(await sent()).toEqual([[1]])
  })

  it('puts no more work into a job than its limit, by what requests took', async () => {
    const { made, add, sent } = dispatcher()
    made.capacity = { consumers: 10, slots: 10, concurrency: 1 }
    add(request(1), request(2))
    // nothing is known: each alone
    expect(await sent()).toEqual([[1], [2]])
    for (let i = 0; i < 50; i++) made.ended(0, 4000)
    add(...[3, 4, 5, 6, 7].map((id) => request(id)))
    expect((await sent()).slice(2)).toEqual([[3, 4], [5, 6], [7]])
    // executors that run several at once can take more
    made.capacity = { consumers: 10, slots: 20, concurrency: 2 }
    add(...[8, 9, 10, 11].map((id) => request(id)))
    expect((await sent()).slice(5)).toEqual([[8, 9, 10, 11]])
  })

  it('bounds documents and bytes of a job; what is larger goes alone', async () => {
    const { made, add, sent } = dispatcher({ maxJobDocuments: 10, maxJobBytes: 5000 })
    quick(made)
    made.capacity = { consumers: 10, slots: 10, concurrency: 1 }
    add(request(1, { documents: 6 }), request(2, { documents: 6 }), request(3))
    add(request(4, { text: 'x'.repeat(6000) }), request(5))
    expect(await sent()).toEqual([[1, 2], [3, 4], [5]])
  })

  it('lets callers take turns', async () => {
    const { made, add, sent } = dispatcher()
    quick(made)
    add(...[1, 2, 3].map((id) => request(id)), request(4, { caller: 'b' }))
    made.capacity = { consumers: 1, slots: 1, concurrency: 1 }
    expect(await sent()).toEqual([[1, 4, 2, 3]])
  })

  it('refuses what finds the queue full', () => {
    const { add } = dispatcher({ maxQueued: 1 })
    add(request(1))
    expect(() => add(request(2))).toThrow(/\[resource_exhausted\] 1 requests wait \(maxQueued\)/)
  })

  it('takes a waiting request out, and tells where one is that has gone', async () => {
    const { made, add, sent } = dispatcher()
    quick(made)
    add(request(1), request(2), request(3))
    expect(made.cancel(2)).toBeUndefined()
    made.capacity = { consumers: 1, slots: 1, concurrency: 1 }
    expect(await sent()).toEqual([[1, 3]])
    expect(made.cancel(3)).toEqual({ job: 'gw-embed-0', position: 1 })
    expect(made.openJobs).toBe(1)
    made.ended(1)
    expect(made.openJobs).toBe(0)
  })

  it('fails the requests of a job that could not be handed over', async () => {
    const submit = () => Promise.reject(new FlowError('UNAVAILABLE', 'gone'))
    const { made, add, sent, failed } = dispatcher({ submit })
    quick(made)
    made.capacity = { consumers: 1, slots: 1, concurrency: 1 }
    add(request(1), request(2))
    await sent()
    expect(failed).toEqual([
      [1, 'UNAVAILABLE'],
      [2, 'UNAVAILABLE'],
    ])
    expect(made.openJobs).toBe(0)
  })

  it('keeps a job a margin longer than its last request may take', async () => {
    const { made, sent, jobs } = dispatcher()
    quick(made)
    made.capacity = { consumers: 1, slots: 1, concurrency: 1 }
    for (const [id, ms] of [
      [1, 2000],
      [2, 5000],
    ] as const)
      made.add(request(id), performance.now() + ms)
    await sent()
    expect(jobs[0]?.lifetimeMs).toBeGreaterThan(4900 + marginMs)
    expect(jobs[0]?.lifetimeMs).toBeLessThanOrEqual(5001 + marginMs)
  })
})
