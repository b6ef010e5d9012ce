import { FlowError } from '../../proto/index.ts'
import type { TaskOptions } from './options.ts'
import type { NewTask, Outcome, Task, TaskState, TaskStore, Work } from './task.ts'

/** A task as it is kept here. */
interface Kept {
  readonly task: NewTask
  readonly createdMs: number
  readonly abort: AbortController
  state: TaskState
  executedMs: number | undefined
  endedMs: number
  progress: string | undefined
  outcome: Uint8Array | undefined
}

/** How often is looked for what has been kept long enough. Unit: ms. */
const sweepMs = 1000

/** Tasks in the memory of this gateway: they end with it. */
export class MemoryTasks implements TaskStore {
  readonly #options: TaskOptions
  readonly #work: Work
  readonly #tasks = new Map<string, Kept>()
  readonly #waiting = new Set<Kept>()
  /** Those that have ended, in that order. */
  readonly #ended = new Set<Kept>()
  readonly #sweeping: NodeJS.Timeout
  #running = 0
  #bytes = 0
  #stopping = false
  #onIdle: (() => void)[] = []

  constructor(options: TaskOptions, work: Work) {
    this.#options = options
    this.#work = work
    this.#sweeping = setInterval(() => this.#sweep(), Math.min(sweepMs, options.resultTtlMs))
    this.#sweeping.unref()
  }

  async add(task: NewTask): Promise<void> {
    if (this.#stopping) throw new FlowError('UNAVAILABLE', 'the gateway is stopping')
    const { maxTasks, maxBytes } = this.#options
    this.#makeRoom(task.call.byteLength)
    if (this.#tasks.size >= maxTasks || this.#bytes + task.call.byteLength > maxBytes) {
      throw new FlowError('RESOURCE_EXHAUSTED', `${this.#tasks.size} tasks are kept (tasks.maxTasks, tasks.maxBytes)`, {
        hint: 'Try again later, or give the flow a Redis',
        retryAfterMs: 1000,
      })
    }
    const kept: Kept = {
      ...{ task, createdMs: Date.now(), abort: new AbortController(), state: 'in_progress' },
      ...{ executedMs: undefined, endedMs: 0, progress: undefined, outcome: undefined },
    }
    this.#tasks.set(task.id, kept)
    this.#bytes += task.call.byteLength
    this.#waiting.add(kept)
    this.#next()
  }

  async find(id: string): Promise<Task | undefined> {
    const kept = this.#tasks.get(id)
    if (!kept) return undefined
    const { task, state, createdMs, executedMs, progress } = kept
    return { id, deployment: task.deployment, api: task.api, state, createdMs, executedMs, progress }
  }

  async callOf(id: string): Promise<Uint8Array | undefined> {
    return this.#tasks.get(id)?.task.call
  }

  async outcomeOf(id: string): Promise<Uint8Array | undefined> {
    return this.#tasks.get(id)?.outcome
  }

  async cancel(id: string): Promise<void> {
    const kept = this.#tasks.get(id)
    if (kept?.state !== 'in_progress') return
    this.#waiting.delete(kept)
    this.#end(kept, 'canceled')
    kept.abort.abort(new FlowError('CANCELLED', 'the task was canceled'))
    this.#tellIdle()
  }

  async drain(): Promise<void> {
    // what waits was accepted: it is done as well
    this.#stopping = true
    if (this.#running + this.#waiting.size > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve))
  }

  async close(): Promise<void> {
    this.#stopping = true
    clearInterval(this.#sweeping)
    for (const id of this.#tasks.keys()) await this.cancel(id)
  }

  #next(): void {
    for (const kept of this.#waiting) {
      if (this.#running >= this.#options.maxConcurrency) return
      this.#waiting.delete(kept)
      this.#run(kept)
    }
  }

  async #run(kept: Kept): Promise<void> {
    this.#running++
    kept.executedMs = Date.now()
    const progress = async (json: string) => {
      if (kept.state === 'in_progress') kept.progress = json
    }
    const { state, bytes }: Outcome = await this.#work({
      task: kept.task,
      signal: kept.abort.signal,
      lost: 0,
      progress,
    })
    this.#running--
    if (kept.state === 'in_progress') {
      kept.outcome = bytes
      this.#bytes += bytes.byteLength
      this.#end(kept, state)
    }
    this.#makeRoom(0)
    this.#next()
    this.#tellIdle()
  }

  #end(kept: Kept, state: TaskState): void {
    kept.state = state
    kept.endedMs = performance.now()
    this.#ended.add(kept)
  }

  #sweep(): void {
    const before = performance.now() - this.#options.resultTtlMs
    for (const kept of this.#ended) {
      if (kept.endedMs > before) return
      this.#forget(kept)
    }
  }

  #makeRoom(bytes: number): void {
    const { maxTasks, maxBytes } = this.#options
    for (const kept of this.#ended) {
      if (this.#tasks.size < maxTasks && this.#bytes + bytes <= maxBytes) return
      this.#forget(kept)
    }
  }

  #forget(kept: Kept): void {
    this.#ended.delete(kept)
    this.#tasks.delete(kept.task.id)
    this.#bytes -= kept.task.call.byteLength + (kept.outcome?.byteLength ?? 0)
  }

  #tellIdle(): void {
    if (this.#running + this.#waiting.size === 0) for (const resolve of this.#onIdle.splice(0)) resolve()
  }
}
