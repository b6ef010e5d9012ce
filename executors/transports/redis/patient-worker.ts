import type { Job, Worker, WorkerOptions } from 'bullmq'
import type { Libraries } from './connect.ts'
import type { JobData } from './job-data.ts'

/** How long a job that was begun may be waited for before another is asked for. Unit: ms. */
const patienceMs = 5

/**
 * A BullMQ worker that begins a job before it asks for another, and does not ask at once: a quick one is done soon, and finishing it brings
 * the next one along. Asking for what is not there costs as much as a small job does.
 */
export function createPatientWorker(
  { Worker: BullWorker }: Libraries,
  deployment: string,
  work: (job: Job<JobData>, token: string) => Promise<void>,
  options: WorkerOptions,
): Worker<JobData> {
  /** Until when one that was given will have begun. */
  let beginsBy = 0
  /** While the job that was begun last may be done soon: whether it was. */
  let hope: Promise<boolean> | undefined
  const begin = (job: Job<JobData>, token = ''): Promise<void> => {
    beginsBy = 0
    const done = work(job, token)
    const hoped = soon(done)
    hope = hoped
    hoped.then(() => {
      if (hope === hoped) hope = undefined
    })
    return done
  }
  class PatientWorker extends BullWorker<JobData> {
    protected override async moveToActive(token: string, name?: string): Promise<Job<JobData>> {
      // finishing it asks as well, but not while the worker closes
      if (!this.closing && (performance.now() < beginsBy || (await hope))) return undefined as never
      const job = await super.moveToActive(token, name)
      if (job) beginsBy = performance.now() + patienceMs
      return job
    }
  }
  return new PatientWorker(deployment, begin, options)
}

function soon(done: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, patienceMs, false)
    const end = () => {
      clearTimeout(timer)
      resolve(true)
    }
    done.then(end, end)
  })
}
