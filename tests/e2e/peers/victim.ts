import { setTimeout as sleep } from 'node:timers/promises'
import { defineExecutor } from '../../../executors/index.ts'
import type { GatewayOptions } from '../../../gateway/index.ts'
import { Document as Doc, DocumentArray } from '../../../proto/index.ts'
import type { Counts, State } from './apart.ts'
import { startGateway } from './gateway.ts'

// A gateway in a process of its own, told by messages what to do: see apart.ts.

let started = 0
let running = 0
let stopped = 0
/** Such as of listeners that are never taken away. */
let warnings = 0
process.on('warning', () => warnings++)

const Victim = defineExecutor({
  name: 'Victim',
  requests: {
    '/echo': () => {
      started++
    },
    /** Ends when it is told to, and not before. */
    '/until': async (_docs, { signal }) => {
      started++
      running++
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      running--
      stopped++
      throw signal.reason
    },
    /** Never ends, whatever it is told. */
    '/never': () => {
      started++
      return new Promise(() => {})
    },
    /** Answers as many bytes as its first document says. */
    '/big': (docs) => {
      started++
      return new DocumentArray([new Doc('x'.repeat(Number(docs.texts[0])))])
    },
    '/slow': async (docs) => {
      started++
      await sleep(Number(docs.texts[0]))
    },
  },
})

const served = await startGateway(JSON.parse(process.argv[2] as string) as GatewayOptions, Victim)
const collect = globalThis.gc as () => void

let peakRssBytes = 0
setInterval(() => {
  peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss())
}, 10).unref()

const { gateway } = served
const counts = (): Counts => ({ started, running, stopped, warnings, inFlightBytes: gateway.inFlightBytes })

const commands: Record<string, () => unknown> = {
  async state(): Promise<State> {
    // what a first collection makes unreachable, a second frees
    for (let i = 0; i < 3; i++) {
      collect()
      await sleep(10)
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    const resources: Record<string, number> = {}
    for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1
    return { heldBytes: heapUsed + arrayBuffers, resources, ...counts() }
  },
  counts,
  forgetPeak: () => (peakRssBytes = process.memoryUsage.rss()),
  peak: () => peakRssBytes,
  async close() {
    await served.close()
    process.disconnect()
  },
}

process.on('message', async ([id, command]: [number, string]) => {
  const answer = await commands[command]?.()
  if (process.connected) process.send?.([id, answer ?? null])
})
process.send?.(gateway.ports)
