import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { Client } from '../../client/index.ts'
import { freePorts } from '../interop/peers.ts'
import { type RedisServer, startRedis } from '../redis.ts'
import { type Child, startSluice } from './child.ts'
import type { Event } from './history.ts'
import { Load } from './load.ts'

export interface SystemOptions {
  readonly replicas?: number
  /** Requests that a replica runs at once. */
  readonly concurrency?: number
  /** Redis keeps what it is told when it is killed. */
  readonly appendOnly?: boolean
}

/** The system under test: a redis-server, executors and a gateway as processes of their own, and a client. */
export class System {
  readonly redis: RedisServer
  readonly prefix = 'chaos'
  /** Of the gateway that was started last. */
  client!: Client
  replicas: Child[] = []
  gateway!: Child
  readonly #folder: string
  readonly #options: Required<SystemOptions>
  #loads = 0

  private constructor(redis: RedisServer, options: Required<SystemOptions>) {
    this.redis = redis
    this.#options = options
    this.#folder = mkdtempSync(join(tmpdir(), 'sluice-chaos-'))
    writeFileSync(this.#log, '')
  }

  static async start({ replicas = 3, concurrency = 4, appendOnly = false }: SystemOptions): Promise<System> {
    const redis = await startRedis({ appendOnly })
    const system = new System(redis, { replicas, concurrency, appendOnly })
    await system.heal()
    return system
  }

  /** Brings back what is missing, and resolves when a request is answered. */
  async heal(): Promise<void> {
    this.replicas = this.replicas.filter(({ alive }) => alive)
    const missing = Array.from({ length: this.#options.replicas - this.replicas.length }, () => this.startReplica())
    const gateway = this.gateway?.alive ? this.gateway : this.startGateway()
    await Promise.all([gateway, ...missing])
    await this.client.post('/work', undefined, { retry: { maxAttempts: 20, maxBackoffMs: 500 } })
  }

  async startReplica(): Promise<void> {
    const { concurrency } = this.#options
    const args = ['--uses', './tests/chaos/executor.ts#Work', '--name', 'work', '--concurrency', String(concurrency)]
    const where = ['--redis', this.redis.url, '--prefix', this.prefix]
    this.replicas.push(await startSluice(['executor', ...args, ...where], { CHAOS_LOG: this.#log }))
  }

  async startGateway(): Promise<void> {
    const port = await freePorts(1)
    const file = join(this.#folder, 'flow.yml')
    writeFileSync(file, this.#flowAt(port))
    this.gateway = await startSluice(['gateway', file])
    await this.client?.close()
    this.client = new Client({ host: '127.0.0.1', port, protocol: 'http' })
  }

  /** A load whose ids are its own. */
  load(): Load {
    return new Load(this.client, `load${this.#loads++}-`)
  }

  /** What happened to the requests of a load, the executors' side too. */
  historyOf(load: Load): Event[] {
    const mine = new Set(load.events.flatMap((event) => (event.kind === 'sent' ? [event.id] : [])))
    return [...load.events, ...this.work().filter((event) => 'id' in event && mine.has(event.id))]
  }

  /** What the executors wrote down. */
  work(): Extract<Event, { kind: 'start' | 'finish' }>[] {
    return readFileSync(this.#log, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  }

  /** Asks Redis something. */
  async ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.redis.url)
    try {
      return await question(redis)
    } finally {
      redis.disconnect()
    }
  }

  /** What the processes wrote. */
  get outputs(): string {
    return [...this.replicas, this.gateway].map(({ pid, output }) => `[${pid}] ${output}`).join('\n')
  }

  async stop(): Promise<void> {
    await this.client?.close()
    const children = [...this.replicas, this.gateway].filter((child) => child?.alive)
    for (const child of children) child.signal('SIGKILL')
    await Promise.all(children.map(({ ended }) => ended))
    await this.redis.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  get #log(): string {
    return join(this.#folder, 'work.log')
  }

  #flowAt(port: number): string {
    const redis = `{url: "${this.redis.url}", prefix: ${this.prefix}}`
    return `jtype: Flow
with: {protocol: http, port: ${port}, host: 127.0.0.1, transport: redis, redis: ${redis}}
executors: [{name: work}]
`
  }
}
