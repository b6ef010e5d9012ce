import type { ScriptedRedis } from './scripts.ts'

/** A connection that does not send again what it was asked before it was cut: that may have been done. */
export class Writer {
  readonly redis: ScriptedRedis
  readonly #onCut = new Set<() => void>()
  readonly #onReady = new Set<() => void>()

  constructor(redis: ScriptedRedis) {
    this.redis = redis
    redis.on('close', () => callAll(this.#onCut))
    redis.on('ready', () => callAll(this.#onReady))
  }

  /** Asks when it is connected; gives back whether that was done, false where the connection was cut before it said so. */
  async untilCut(ask: () => Promise<unknown>): Promise<boolean> {
    if (this.redis.status !== 'ready') await new Promise<void>((resolve) => this.#onReady.add(resolve))
    return new Promise((resolve, reject) => {
      const cut = () => resolve(false)
      this.#onCut.add(cut)
      ask()
        .then(() => resolve(true), reject)
        .finally(() => this.#onCut.delete(cut))
    })
  }
}

function callAll(callbacks: Set<() => void>): void {
  const all = [...callbacks]
  callbacks.clear()
  for (const callback of all) callback()
}
