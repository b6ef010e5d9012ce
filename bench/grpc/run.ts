import { fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Client, credentials } from '@grpc/grpc-js'
import { createGrpc } from '../../executors/index.ts'
import { tuneHeap } from '../../flows/heap.ts'
import { asIs, encode, SINGLE } from '../../proto/grpc/index.ts'
import { CallContext, DataRequest, Document, DocumentArray, decodeRequest, maxMessageBytes } from '../../proto/index.ts'
import { root } from '../../tests/interop/peers.ts'
import { alternate, type Send } from '../load.ts'

// node --import tsx bench/grpc/run.ts [--rounds 7 --slice 1 --write]
// One hop by gRPC of a request that nobody looks at, against a bare unary call of the same bytes, in alternating slices.

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    slice: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.slice)

tuneHeap()
const child = fork(new URL('server.ts', import.meta.url), { execArgv: ['--import', import.meta.resolve('tsx')] })
const [places] = (await once(child, 'message')) as [{ ours: string; bare: string }]
const grpc = createGrpc()
const [frames, jinas] = [await grpc.dial(places.ours), await grpc.dial(places.ours, { frames: false })]
const bare = new Client(places.bare, credentials.createInsecure(), {
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.use_local_subchannel_pool': 1,
})

const ways: Record<string, (message: Buffer) => Send> = {
  'bare grpc-js, unary': (message) => () =>
    new Promise((done, fail) =>
      bare.makeUnaryRequest(SINGLE.path, asIs, asIs, message, (error, answer) => (error ? fail(error) : done(answer))),
    ),
  "Sluice, Jina's RPC (unary)": (message) => () => jinas.send(decodeRequest(message), callOf()),
  'Sluice, frames': (message) => () => frames.send(decodeRequest(message), callOf()),
}

const callOf = () => new CallContext({ deadline: performance.now() + 60_000 })

async function cpuSoFar(): Promise<number> {
  child.send('cpu')
  const [{ cpu }] = (await once(child, 'message')) as [{ cpu: NodeJS.CpuUsage }]
  const own = process.cpuUsage()
  return cpu.user + cpu.system + own.user + own.system
}

const rows: string[] = []
for (const [inFlight, bytes] of [
  [1, 200],
  [32, 200],
  [4, 1_000_000],
] as const) {
  const docs = new DocumentArray([new Document({ id: 'x', blob: new Uint8Array(bytes) })])
  const message = encode(new DataRequest({ header: { execEndpoint: '/x' }, docs }))
  const sends = Object.fromEntries(Object.entries(ways).map(([name, way]) => [name, way(message)]))
  const slices = Object.entries(await alternate(sends, rounds, { inFlight, seconds, spentSoFar: cpuSoFar }))
  const first = slices[0]?.[1].spent
  for (const [name, { perSecond, p50Ms, spent: cpuUs }] of slices) {
    const ratio = (cpuUs / (first as number)).toFixed(2)
    rows.push(
      `| ${inFlight} | ${bytes} | ${name} | ${perSecond.toFixed(0)} | ${p50Ms.toFixed(2)} | ${cpuUs.toFixed(0)} | ${ratio} |`,
    )
  }
}

const report = `Medians of ${rounds} alternating slices of ${seconds} s; one process calls, one serves; documents that nobody looks at.

| in flight | bytes | who | calls/s | p50 ms | CPU µs a call, both ends | of the bare call's CPU |
|---|---|---|---|---|---|---|
${rows.join('\n')}`
console.log(report)
if (values.write) writeFileSync(resolve(root, 'bench/GRPC.md'), `# A hop by gRPC, measured\n\n${report}\n`)

child.disconnect()
bare.close()
await Promise.all([frames.close(), jinas.close()])
process.exit(0)
