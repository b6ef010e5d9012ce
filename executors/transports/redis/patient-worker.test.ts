import type { Job } from 'bullmq'
import { expect, it } from 'vitest'
import type { Libraries } from './connect.ts'
import { createPatientWorker } from './patient-worker.ts'

/** BullMQ's worker as far as a patient one sees it. */
class FakeWorker {
  readonly begin: (job: Job, token: string) => Promise<void>
  asked = 0
  next: Job | undefined

  constructor(_name: string, begin: (job: Job, token: string) => Promise<void>) {
    this.begin = begin
  }

  protected async moveToActive(): Promise<Job | undefined> {
    this.asked++
    return this.next
  }
}

function worker(work: () => Promise<void>) {
  const libraries = { Worker: FakeWorker } as unknown as Libraries
  const made = createPatientWorker(libraries, 'x', work, {} as never) as unknown as FakeWorker
  return {
    made,
    ask: () => (made as unknown as { moveToActive(token: string): Promise<Job | undefined> }).moveToActive('t'),
  }
}

const job = {} as Job

it('begins the job it was given before it asks for another', async () => {
  const { made, ask } = worker(async () => {})
  made.next = job
  expect(await ask()).toBe(job)
  expect(await ask()).toBeUndefined()
  expect(made.asked).toBe(1)
})

it('does not ask while the one that runs may be done soon, nor after: finishing it has asked', async () => {
  let end = () => {}
  const { made, ask } = worker(() => new Promise<void>((resolve) => (end = resolve)))
  made.begin(job, 't')
  const asked = ask()
  end()
  expect([await asked, made.asked]).toEqual([undefined, 0])
  await ask()
  expect(made.asked).toBe(1)
})

it('asks all the same while it closes: finishing a job does not ask then', async () => {
  const { made, ask } = worker(async () => {})
  made.next = job
  await ask()
  Object.assign(made, { closing: Promise.resolve() })
  expect(await ask()).toBe(job)
})

it('asks beside one that takes its time', async () => {
  const { made, ask } = worker(() => new Promise(() => {}))
  made.begin(job, 't')
  await ask()
  expect(made.asked).toBe(1)
})

it('asks again where what it was given is never begun', async () => {
  const { made, ask } = worker(async () => {})
  made.next = job
  await ask()
  await expect.poll(ask).toBe(job)
})
