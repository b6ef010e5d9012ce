import { fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Queue, QueueEvents } from 'bullmq'
import { Redis } from 'ioredis'
import type { Handler } from '../../proto/index.ts'
import { root } from '../../tests/interop/peers.ts'
import { startRedis } from '../../tests/redis.ts'
import { build, built } from '../built.ts'
import { alternate, type Send } from '../load.ts'

// node --import tsx bench/redis/run.ts [--rounds 7 --slice 2 --write]
// The Redis transport's Handler, with all it promises, against add + waitUntilFinished of the same BullMQ, in alternating slices.

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    slice: { type: 'string', default: '2' },
    write: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.slice)

build()
const { createRedis } = await built<typeof import('../../executors/index.ts')>('executors/index.js')
const { CallContext, DataRequest, Document, DocumentArray } =
  await built<typeof import('../../proto/index.ts')>('proto/index.js')
const { tuneHeap } = await built<typeof import('../../flows/heap.ts')>('flows/heap.js')
tuneHeap()
const redis = await startRedis()
const observer = new Redis(redis.port)
const commandsSoFar = async () => Number(/^total_commands_processed:(\d+)/m.exec(await observer.info('stats'))?.[1])

const children = await Promise.all([
  start('executor.ts', [redis.url, 'first']),
  start('executor.ts', [redis.url, 'second']),
  start('bullmq-worker.ts', [String(redis.port), 'bare', '256']),
])
const transport = await createRedis({ url: redis.url })
const [first, second] = [await transport.dial('first'), await transport.dial('second')]
const bare = new Queue('bare', { connection: { host: '127.0.0.1', port: redis.port } })
// each call listens to it
bare.setMaxListeners(0)
const events = new QueueEvents('bare', { connection: { host: '127.0.0.1', port: redis.port } })
events.setMaxListeners(0)
await events.waitUntilReady()

const sendThrough =
  (...hops: Handler[]) =>
  (bytes: number) => {
    const docs = new DocumentArray([new Document({ blob: new Uint8Array(bytes) })])
    const request = new DataRequest({ header: { execEndpoint: '/x' }, docs })
    return async () => {
      let answer = request
      const call = new CallContext({ deadline: performance.now() + 60_000 })
      for (const hop of hops) answer = await hop(answer, call)
    }
  }
const one = sendThrough(first.send)
const two = sendThrough(first.send, second.send)
const waitUntilFinished = (bytes: number) => {
  const payload = Buffer.alloc(bytes).toString('base64')
  return async () => {
    const job = await bare.add('x', { payload }, { removeOnComplete: { age: 300 }, removeOnFail: true })
    await job.waitUntilFinished(events)
  }
}

const compare = <Name extends string>(inFlight: number, sends: Record<Name, Send>) =>
  alternate(sends, rounds, { inFlight, seconds, spentSoFar: commandsSoFar })

const rows: string[] = []
const goals: string[] = []
const goal = (what: string, ratio: number, met: boolean) =>
  goals.push(`- ${what}: ${met ? 'met' : 'MISSED'} (${ratio.toFixed(2)})`)

for (const [inFlight, bytes] of [
  [1, 200],
  [32, 200],
  [256, 200],
  [4, 1_000_000],
] as const) {
  const { ours, theirs } = await compare(inFlight, { ours: one(bytes), theirs: waitUntilFinished(bytes) })
  const ratio = ours.perSecond / theirs.perSecond
  for (const [who, slice] of [
    ['Sluice', ours],
    ['BullMQ, add + waitUntilFinished', theirs],
  ] as const) {
    const { perSecond, p50Ms, spent: commands } = slice
    rows.push(
      `| ${inFlight} | ${bytes} | ${who} | ${perSecond.toFixed(0)} | ${p50Ms.toFixed(2)} | ${commands.toFixed(1)} |`,
    )
  }
  if (inFlight === 1)
    goal('1 in flight: p50 no worse than theirs (theirs / ours)', theirs.p50Ms / ours.p50Ms, theirs.p50Ms >= ours.p50Ms)
  if (inFlight === 32) goal('32 in flight: requests a second ≥ 5 × theirs', ratio, ratio >= 5)
  if (inFlight === 256) goal('256 in flight: requests a second ≥ 8 × theirs', ratio, ratio >= 8)
  if (inFlight >= 32) goal(`${inFlight} in flight: Redis commands a request ≤ 6`, ours.spent, ours.spent <= 6)
  if (bytes > 1000) goal('1 MB: requests a second ≥ 2 × theirs as base64', ratio, ratio >= 2)
}

for (const inFlight of [1, 32, 256]) {
  const hops = await compare(inFlight, { one: one(200), two: two(200) })
  const further = (1 / hops.two.perSecond - 1 / hops.one.perSecond) * hops.one.perSecond
  goal(`a further hop costs ≤ 1.3 × the first (${inFlight} in flight)`, further, further <= 1.3)
}

const report = `Medians of ${rounds} alternating slices of ${seconds} s, one gateway and one executor process, an executor that passes documents through.

| in flight | bytes | who | requests/s | p50 ms | Redis commands a request |
|---|---|---|---|---|---|
${rows.join('\n')}

${goals.join('\n')}`
console.log(report)
if (values.write) writeFileSync(resolve(root, 'bench/REDIS.md'), `# The Redis transport, measured\n\n${report}\n`)

for (const child of children) child.disconnect()
await Promise.all([first.close(), second.close(), transport.close(), bare.close(), events.close()])
observer.disconnect()
await redis.stop()
process.exit(0)

async function start(file: string, args: string[]) {
  const child = fork(new URL(file, import.meta.url), args, { execArgv: ['--import', import.meta.resolve('tsx')] })
  await once(child, 'message')
  return child
}
