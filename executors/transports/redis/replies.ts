import type { Job } from 'bullmq'
import { marginMs } from './dispatcher.ts'
import { packFrames } from './frames.ts'
import type { JobData } from './job-data.ts'
import type { Outbox } from './job-run.ts'
import type { Keys } from './keys.ts'
import type { ScriptedRedis } from './scripts.ts'

export interface RepliesOptions {
  readonly deployment: string
  readonly keys: Keys
  readonly redis: ScriptedRedis
  /** Asks Redis until it answers, or the time has passed. */
  insist<T>(lifetimeMs: number, ask: () => Promise<T>): Promise<T | undefined>
}

/** What a consumer answers to the requests of one job. */
export class Replies {
  readonly #options: RepliesOptions
  readonly #job: Job<JobData>
  readonly #token: string
  readonly #lost: number
  #left: number
  #told = 0

  /**
   * @param count - requests that are to be answered
   * @param lost - how many consumers were lost that had begun the job
   */
  constructor(options: RepliesOptions, job: Job<JobData>, token: string, count: number, lost: number) {
    this.#options = options
    this.#job = job
    this.#token = token
    this.#left = count
    this.#lost = lost
  }

  /** False where this consumer does not hold the job any more, or nobody waits. */
  async send({ frames, done, told, workUs = 0 }: Outbox): Promise<boolean> {
    const { deployment, keys, redis, insist } = this.#options
    const { id = '', data } = this.#job
    const { gateway, lifetimeMs } = data
    this.#left -= done.length
    const keepMs = this.#left > 0 ? lifetimeMs : marginMs
    const count = told.length > 0 ? ++this.#told : 0
    const packed = packFrames(frames)
    const tell = () =>
      redis.slReply(
        keys.lock(deployment, id),
        keys.done(id),
        keys.inbox(gateway),
        keys.gateway(gateway),
        keys.told(id),
        this.#token,
        lifetimeMs,
        packed,
        Math.round(workUs),
        this.#lost,
        keepMs,
        count,
        done.length,
        ...done,
        ...told,
      )
    return (await insist(lifetimeMs, tell)) === 1
  }

  /** All is answered: what stands in Redis of the job may go. What is done with stays known for a while. */
  forget(): void {
    const { id = '', data, stalledCounter } = this.#job
    const nothingStands = data.frames && !data.lost && stalledCounter === 0 && this.#told === 0 && this.#left === 0
    if (nothingStands) return
    const { deployment, keys, redis } = this.#options
    const kept = [keys.payload(id), keys.begun(id), keys.told(id), keys.done(id)] as const
    redis.slForget(keys.lock(deployment, id), ...kept, this.#token, marginMs).catch(() => {})
  }
}
