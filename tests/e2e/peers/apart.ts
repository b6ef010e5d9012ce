import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { GatewayOptions, ProtocolName } from '../../../gateway/index.ts'

/** What a gateway says of itself. */
export interface Counts {
  readonly inFlightBytes: number
  /** Requests that executors were given, that run, and that ended because they were told to. */
  readonly started: number
  readonly running: number
  readonly stopped: number
  /** What Node warned of, such as listeners that are never taken away. */
  readonly warnings: number
}

/** What its process holds after its garbage was collected. */
export interface State extends Counts {
  /** The heap and what is outside of it. */
  readonly heldBytes: number
  /** Sockets, timers, … by kind. */
  readonly resources: Readonly<Record<string, number>>
}

/** A gateway in a process of its own, so that what it holds, and whether it lives, is its own. */
export class Apart {
  readonly ports: Readonly<Record<ProtocolName, number>>
  readonly #child: ChildProcess
  readonly #asked = new Map<number, (answer: never) => void>()
  #ids = 0

  private constructor(child: ChildProcess, ports: Record<ProtocolName, number>) {
    this.#child = child
    this.ports = ports
    child.on('message', ([id, answer]: [number, never]) => this.#asked.get(id)?.(answer))
  }

  static async start(options: GatewayOptions): Promise<Apart> {
    const script = fileURLToPath(new URL('victim.ts', import.meta.url))
    const execArgv = ['--import', 'tsx', '--expose-gc']
    const child = fork(script, [JSON.stringify(options)], { execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const [ports] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => {
        throw new Error(`the gateway did not start: exit code ${code}`)
      }),
    ])
    return new Apart(child, ports as Record<ProtocolName, number>)
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  counts(): Promise<Counts> {
    return this.#ask('counts')
  }

  state(): Promise<State> {
    return this.#ask('state')
  }

  /** The most memory that the process had while `run` ran, beyond what it had before. Unit: bytes. */
  async growth(run: () => Promise<unknown>): Promise<number> {
    const before = await this.#ask<number>('forgetPeak')
    await run()
    return (await this.#ask<number>('peak')) - before
  }

  async close(): Promise<void> {
    if (!this.alive) return
    const ended = once(this.#child, 'exit')
    this.#ask('close')
    await ended
  }

  #ask<Answer>(command: string): Promise<Answer> {
    const id = this.#ids++
    this.#child.send([id, command])
    return new Promise((resolve) => this.#asked.set(id, resolve as never))
  }
}
