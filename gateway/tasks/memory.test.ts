import { afterEach, describe, expect, it } from 'vitest'
import { MemoryTasks } from './memory.ts'
import { type TaskOptions, taskOptions } from './options.ts'
import type { NewTask, Outcome, Running } from './task.ts'

const begun: { running: Running; end: (outcome: Outcome) => void }[] = []
let tasks: MemoryTasks

function open(options: Partial<TaskOptions> = {}): void {
  begun.length = 0
  const work = (running: Running) => new Promise<Outcome>((end) => begun.push({ running, end }))
  tasks = new MemoryTasks(taskOptions.parse(options), work)
}
afterEach(() => tasks.close())

const task = (id: string, bytes = 10): NewTask => ({ id, deployment: 'd', api: 'a', call: new Uint8Array(bytes) })
const end = async (at: number, bytes = 10) => {
  begun[at]?.end({ state: 'completed', bytes: new Uint8Array(bytes) })
  await new Promise((resolve) => setImmediate(resolve))
}

describe('tasks in memory', () => {
  it('are forgotten when they have been kept long enough after their end', async () => {
    open({ resultTtlMs: 20 })
    await tasks.add(task('ended'))
    await tasks.add(task('runs'))
    await end(0)
    expect((await tasks.find('ended'))?.state).toBe('completed')
    await expect.poll(() => tasks.find('ended')).toBeUndefined()
    expect((await tasks.find('runs'))?.state).toBe('in_progress')
  })

  it('make room, those that ended first before others; where none has ended, new ones are refused', async () => {
    open({ maxTasks: 2 })
    await tasks.add(task('1'))
    await tasks.add(task('2'))
    await expect(tasks.add(task('3'))).rejects.toMatchObject({
      codeName: 'RESOURCE_EXHAUSTED',
      details: { retryAfterMs: 1000 },
    })
    await end(1)
    await tasks.add(task('3'))
    expect([await tasks.find('2'), (await tasks.find('1'))?.state]).toEqual([undefined, 'in_progress'])
  })

  it('take no more bytes than they may, of what they are given and what they give', async () => {
    open({ maxBytes: 100 })
    await tasks.add(task('1', 40))
    await expect(tasks.add(task('2', 61))).rejects.toMatchObject({ codeName: 'RESOURCE_EXHAUSTED' })
    await tasks.add(task('2', 40))
    await end(0, 30)
    // 110 bytes are too many
    expect(await tasks.find('1')).toBeUndefined()
    await tasks.add(task('3', 60))
  })

  it('that are accepted are done before it is drained, also those that wait; nothing new is taken', async () => {
    open({ maxConcurrency: 1 })
    await tasks.add(task('1'))
    await tasks.add(task('2'))
    let drained = false
    const draining = tasks.drain().then(() => (drained = true))
    await expect(tasks.add(task('3'))).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
    await end(0)
    expect([begun.length, drained]).toEqual([2, false])
    await end(1)
    await draining
    expect((await tasks.find('2'))?.state).toBe('completed')
  })

  it('keep the state that they were given first', async () => {
    open()
    await tasks.add(task('1'))
    await tasks.cancel('1')
    expect(begun[0]?.running.signal.aborted).toBe(true)
    await begun[0]?.running.progress('1')
    await end(0)
    expect(await tasks.find('1')).toMatchObject({ state: 'canceled', progress: undefined })
    expect(await tasks.outcomeOf('1')).toBeUndefined()
  })
})
