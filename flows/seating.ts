import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { createInproc } from '../executors/index.ts'
import { createGraph, type NodeSpec, type NodeTarget } from '../gateway/index.ts'
import { FlowError } from '../proto/index.ts'
import type { CompiledDeployment } from './options.ts'
import type { Seat, SeatOptions } from './parts.ts'
import { seat } from './seats.ts'

/** How a deployment is getting on, for those who watch. */
export interface StartEvent {
  readonly name: string
  readonly state: 'starting' | 'ready' | 'failed' | 'stopping' | 'stopped'
  /** It runs elsewhere: `ready` says that it can be asked, not that it answers. */
  readonly elsewhere: boolean
  /** How long it took to be ready. Unit: ms. */
  readonly tookMs?: number
  readonly error?: FlowError
}

export type OnStart = (event: StartEvent) => void

interface Taken {
  readonly deployment: CompiledDeployment
  readonly seat: Seat
}

/** What has been started, and what it replaces: that ends when nothing needs it any more. */
export interface Leaving {
  /** All that run now, in the order in which they were added. */
  readonly nodes: NodeTarget[]
  /** Drains and closes what others have replaced. */
  end(before: (drained: Promise<void>) => Promise<void>): Promise<void>
}

/** The deployments of a flow while it runs: each started when those it needs are ready, and all stopped the other way round. */
export class Seating {
  readonly #options: Omit<SeatOptions, 'inproc'>
  readonly #readyTimeoutMs: number
  readonly #onStart: OnStart
  readonly #specOf: (deployment: CompiledDeployment) => NodeSpec
  #taken: Taken[] = []

  constructor(
    options: Omit<SeatOptions, 'inproc'>,
    specOf: (deployment: CompiledDeployment) => NodeSpec,
    { readyTimeoutMs, onStart = () => {} }: { readyTimeoutMs: number; onStart?: OnStart | undefined },
  ) {
    this.#options = options
    this.#specOf = specOf
    this.#readyTimeoutMs = readyTimeoutMs
    this.#onStart = onStart
  }

  /** @throws {FlowError} why the first that failed did not start; DEADLINE_EXCEEDED that names those that were not ready in time */
  async start(deployments: readonly CompiledDeployment[]): Promise<NodeTarget[]> {
    const { nodes } = await this.replace(deployments, new Set(deployments.map(({ name }) => name)))
    return nodes
  }

  /**
   * Starts what is new or different, beside what runs; where one does not start, all stays as it was.
   * @param stale - names of deployments that start again although nothing is different
   * @throws {FlowError} as {@link start}
   */
  async replace(deployments: readonly CompiledDeployment[], stale: ReadonlySet<string>): Promise<Leaving> {
    const kept = this.#taken.filter(({ deployment }) => {
      const next = deployments.find(({ name }) => name === deployment.name)
      return next && !stale.has(next.name) && isDeepStrictEqual(next, deployment)
    })
    const missing = deployments.filter(({ name }) => !kept.some((one) => one.deployment.name === name))
    const started = await this.#startAll(missing)
    const leaving = this.#taken.filter((one) => !kept.includes(one))
    this.#taken = [...kept, ...started]
    const seatOf = new Map(this.#taken.map((one) => [one.deployment.name, one.seat]))
    return {
      nodes: deployments.map((deployment) => {
        const { connection } = seatOf.get(deployment.name) as Seat
        return { ...this.#specOf(deployment), connection }
      }),
      end: (before) => this.#endAll(leaving, before),
    }
  }

  /** @param before - waits for a drain, but not longer than there is time */
  async stop(before: (drained: Promise<void>) => Promise<void>): Promise<void> {
    await this.#endAll(this.#taken.splice(0), before)
  }

  async #startAll(deployments: readonly CompiledDeployment[]): Promise<Taken[]> {
    const ready: Taken[] = []
    const started = new Map<string, Promise<void>>()
    const states = new Map<string, string>()
    // of its own: an executor and its successor may have the same address in this process
    const inproc = createInproc()
    let over = false
    const start = async (deployment: CompiledDeployment, needs: readonly string[]) => {
      const waited = needs.filter((need) => started.has(need))
      states.set(deployment.name, waited.length > 0 ? `waits for ${waited.join(', ')}` : 'is starting')
      await Promise.all(waited.map((need) => started.get(need)))
      if (over) return
      states.set(deployment.name, 'is starting')
      const taken = await this.#watched(deployment, () => seat(deployment, { ...this.#options, inproc }))
      // too late: others have given up
      if (over) return taken.close()
      states.delete(deployment.name)
      ready.push({ deployment, seat: taken })
    }
    for (const { deployment, needs } of inOrder(deployments, this.#specOf)) {
      started.set(deployment.name, start(deployment, needs))
    }
    try {
      await this.#inTime(Promise.all(started.values()), states)
      return ready
    } catch (error) {
      over = true
      await this.#endAll(ready, (drained) => drained)
      throw error
    }
  }

  async #watched(deployment: CompiledDeployment, start: () => Promise<Seat>): Promise<Seat> {
    const { name } = deployment
    const elsewhere = deployment.external || (this.#options.remote && deployment.transport !== 'inproc')
    const since = performance.now()
    this.#onStart({ name, state: 'starting', elsewhere })
    try {
      const taken = await start()
      this.#onStart({ name, state: 'ready', elsewhere, tookMs: performance.now() - since })
      return taken
    } catch (error) {
      this.#onStart({ name, state: 'failed', elsewhere, error: FlowError.from(error) })
      throw error
    }
  }

  async #inTime(all: Promise<unknown>, states: ReadonlyMap<string, string>): Promise<void> {
    const settled = new AbortController()
    const expired = sleep(this.#readyTimeoutMs, undefined, { signal: settled.signal }).then(() => {
      const text = [...states].map(([name, state]) => `${name} ${state}`).join(', ')
      throw new FlowError('DEADLINE_EXCEEDED', `not ready within ${this.#readyTimeoutMs} ms: ${text}`, {
        executor: states.keys().next().value,
        hint: 'Look at what its init waits for, or give it more with ready_timeout_ms',
      })
    })
    try {
      await Promise.race([all, expired])
    } finally {
      settled.abort()
      expired.catch(() => {})
      all.catch(() => {})
    }
  }

  async #endAll(seats: readonly Taken[], before: (drained: Promise<void>) => Promise<void>): Promise<void> {
    for (const { deployment, seat } of seats.toReversed()) {
      const { name, external: elsewhere } = deployment
      this.#onStart({ name, state: 'stopping', elsewhere })
      await before(seat.drain())
      await seat.close()
      this.#onStart({ name, state: 'stopped', elsewhere })
    }
  }
}

/** The deployments with what each needs of them, those that others need first. */
function inOrder(deployments: readonly CompiledDeployment[], specOf: (deployment: CompiledDeployment) => NodeSpec) {
  const among = new Set(deployments.map(({ name }) => name))
  // those that are not started now are ready already, or no concern of it
  const specs = deployments.map((deployment, i) => {
    const { needs = i > 0 ? [deployments[i - 1]?.name as string] : [] } = specOf(deployment)
    const own = needs.filter((need) => among.has(need))
    return { ...specOf(deployment), deployment, needs: own.length > 0 ? own : ['gateway'] }
  })
  return createGraph(specs).nodes.map(({ spec }) => ({ deployment: spec.deployment, needs: spec.needs }))
}
