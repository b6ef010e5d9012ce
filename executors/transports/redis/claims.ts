import type { Job } from 'bullmq'
import { LRUCache } from 'lru-cache'
import type { Frame } from '../../../proto/index.ts'
import type { RedisClock } from './clock.ts'
import { marginMs } from './dispatcher.ts'
import { unpackFrames } from './frames.ts'
import type { JobData } from './job-data.ts'
import { type Part, partsToDo } from './job-run.ts'
import type { Keys } from './keys.ts'
import type { ScriptedRedis } from './scripts.ts'

/** How wrong two processes may be about Redis's clock. Unit: ms. */
const clockErrorMs = 100

/** How long a gateway may take to be back when Redis is; until then, one that is not there is not gone. Unit: ms. */
const gatewayBackMs = 2000

export interface ClaimsOptions {
  readonly deployment: string
  readonly keys: Keys
  readonly redis: ScriptedRedis
  readonly clock: RedisClock
  /** How long a job that was taken is this consumer's, whatever happens. Unit: ms. */
  readonly leaseMs: number
  /** Since when it has heard all that gateways say of jobs, by Redis's clock; undefined: it does not now. */
  hearingSinceMs(): number | undefined
  /** Asks Redis until it answers, or the time has passed. */
  insist<T>(lifetimeMs: number, ask: () => Promise<T>): Promise<T | undefined>
}

/** What there is to do of the jobs that a consumer has taken. */
export class Claims {
  readonly #options: ClaimsOptions
  /** Requests that were given up before they began. */
  readonly #givenUp = new LRUCache<string, true>({ max: 100_000, ttl: marginMs })
  #backAt = performance.now()

  constructor(options: ClaimsOptions) {
    this.#options = options
    options.redis.on('ready', () => {
      this.#backAt = performance.now()
    })
  }

  /** Takes what a gateway says of a request that has not begun here. */
  hear(gateway: string, { kind, id }: Frame): void {
    if (kind === 'CANCEL') this.#givenUp.set(`${gateway} ${id}`, true)
  }

  /** The requests of a job that are to be done; undefined where nobody waits for it, or it is not this consumer's any more. */
  async claim(job: Job<JobData>, token: string): Promise<readonly Part[] | undefined> {
    const { frames, gateway, writtenMs } = job.data
    const claimed =
      frames && this.#isFresh(job) ? { frames: inlineFrames(frames), done: none } : await this.#ask(job, token)
    if (!claimed) return undefined
    const { clock } = this.#options
    const ageMs = clock.known ? Math.max(0, clock.now() - writtenMs) : 0
    const parts = partsToDo(claimed.frames, ageMs, claimed.done)
    return parts.filter(({ id }) => !this.#givenUp.has(`${gateway} ${id}`))
  }

  /**
   * Nothing can have happened to a job that this consumer has not heard of: nobody began it before, what its gateway said of it came here,
   * and in the time since neither a gateway nor a consumer is taken for lost.
   */
  #isFresh({ data: { writtenMs, lost, again }, stalledCounter }: Job<JobData>): boolean {
    if (lost || again || stalledCounter > 0) return false
    const { clock, leaseMs, hearingSinceMs } = this.#options
    const heardAll = writtenMs > (hearingSinceMs() ?? Number.NaN) + clockErrorMs
    return heardAll && clock.now() - writtenMs < leaseMs - clockErrorMs
  }

  async #ask(job: Job<JobData>, token: string): Promise<Claimed | undefined> {
    const claimed = await this.#askOnce(job, token)
    const waitMs = this.#backAt + gatewayBackMs - performance.now()
    if (claimed || waitMs <= 0) return claimed
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    return this.#askOnce(job, token)
  }

  async #askOnce({ id = '', data }: Job<JobData>, token: string): Promise<Claimed | undefined> {
    const { deployment, keys, redis, insist } = this.#options
    const { gateway, lifetimeMs, frames: inline } = data
    const asked = [
      keys.done(id),
      keys.gateway(gateway),
      keys.lock(deployment, id),
      ...(inline ? [] : [keys.payload(id)]),
    ]
    const answer = await insist(lifetimeMs, () => redis.slClaimBuffer(asked.length, ...asked, token))
    if (!answer) return undefined
    const [done, packed] = answer
    return {
      frames: inline ? inlineFrames(inline) : unpackFrames(packed as Buffer),
      done: new Set(done.map((position) => Number(position.toString()))),
    }
  }
}

interface Claimed {
  readonly frames: readonly Uint8Array[]
  /** Positions that are answered, or given up. */
  readonly done: ReadonlySet<number>
}

const none: ReadonlySet<number> = new Set()

function inlineFrames(base64: string): Uint8Array[] {
  return unpackFrames(Buffer.from(base64, 'base64'))
}
