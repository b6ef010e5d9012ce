import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Context,
  Document,
  type DocumentArray,
  type EndpointStream,
  Executor,
  requests,
} from '../../executors/index.ts'
import type { Event } from './history.ts'

// What the chaos tests run. It writes down what it begins and finishes in a file that all replicas share.

const file = process.env.CHAOS_LOG

function note(kind: 'start' | 'finish', docs: DocumentArray): void {
  if (!file) return
  const lines = docs.map(({ id }) => {
    const event: Event = { kind, id, at: Date.now(), pid: process.pid }
    return `${JSON.stringify(event)}\n`
  })
  appendFileSync(file, lines.join(''))
}

export class Work extends Executor {
  /** Takes as long as it is told. */
  @requests('/work')
  async work(docs: DocumentArray, { parameters }: Context): Promise<void> {
    note('start', docs)
    await sleep(Number(parameters.ms))
    note('finish', docs)
  }

  /** The same, and must not run twice. */
  @requests('/once', { idempotent: false })
  once(docs: DocumentArray, context: Context): Promise<void> {
    return this.work(docs, context)
  }

  /** Counts, a part at a time. */
  @requests('/count')
  async *count(docs: DocumentArray, { parameters }: Context): EndpointStream {
    note('start', docs)
    for (let i = 0; i < Number(parameters.to); i++) {
      await sleep(Number(parameters.ms))
      yield new Document(String(i))
    }
    note('finish', docs)
  }

  /** Keeps its thread busy as long as it is told. */
  @requests('/block')
  block(docs: DocumentArray, { parameters }: Context): void {
    note('start', docs)
    const until = performance.now() + Number(parameters.ms)
    while (performance.now() < until);
    note('finish', docs)
  }

  /** Takes the whole process with it. */
  @requests('/kill')
  kill(docs: DocumentArray): void {
    note('start', docs)
    process.kill(process.pid, 'SIGKILL')
  }

  /** Takes its thread with it. */
  @requests('/exit')
  exit(docs: DocumentArray): void {
    note('start', docs)
    process.exit(3)
  }
}
