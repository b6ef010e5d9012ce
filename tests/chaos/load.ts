import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, Document, type FlowError, type JsonObject } from '../../client/index.ts'
import type { Event } from './history.ts'

export interface SendOptions {
  readonly on?: string
  readonly parameters?: JsonObject
  readonly timeoutMs?: number
}

/** Sends requests of one document each, and writes down what came of them. */
export class Load {
  readonly events: Event[] = []
  readonly #client: Client
  readonly #name: string
  readonly #open = new Set<Promise<void>>()
  #count = 0
  #running = false

  /** @param name - ids begin with it */
  constructor(client: Client, name: string) {
    this.#client = client
    this.#name = name
  }

  /** Sends one. Resolves with its id, when it has an outcome. */
  async send({ on = '/work', parameters = {}, timeoutMs = 30_000 }: SendOptions = {}): Promise<string> {
    const id = `${this.#name}-${this.#count++}`
    this.events.push({ kind: 'sent', id, at: Date.now(), onceOnly: on === '/once' })
    const outcome = this.#client.post(on, new Document({ id }), { parameters, timeoutMs }).then(
      () => void this.events.push({ kind: 'ok', id, at: Date.now() }),
      ({ codeName, reason }: FlowError) =>
        void this.events.push({ kind: 'error', id, at: Date.now(), code: codeName ?? 'NO_FLOW_ERROR', reason }),
    )
    this.#open.add(outcome)
    await outcome
    this.#open.delete(outcome)
    return id
  }

  /** Keeps that many on their way until it is told to {@link stop}. */
  start(inFlight: number, next: () => SendOptions): void {
    this.#running = true
    for (let i = 0; i < inFlight; i++) this.#keepSending(next)
  }

  /** Resolves when all that was sent has an outcome, or should have had one long ago. */
  async stop(waitMs = 70_000): Promise<void> {
    this.#running = false
    const late = new AbortController()
    await Promise.race([Promise.all(this.#open), sleep(waitMs, undefined, { signal: late.signal }).catch(() => {})])
    late.abort()
  }

  /** Something was taken away. */
  lose(at = Date.now()): number {
    this.events.push({ kind: 'loss', at })
    return at
  }

  async #keepSending(next: () => SendOptions): Promise<void> {
    while (this.#running) {
      const before = this.events.length
      await this.send(next())
      // who is refused at once does not ask again at once
      if (this.events.slice(before).some(({ kind }) => kind === 'error')) await sleep(20)
    }
  }
}
