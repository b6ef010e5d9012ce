import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { Client, Document } from '../../client/index.ts'
import { tuneHeap } from '../../flows/heap.ts'

// Streams a million documents over each protocol to an executor that is slower than the producer. The memory of both processes stays
// what it was after the first tenth, and the producer waits. Prints "soak-PROTOCOL: N passed, M failed".

const { values } = parseArgs({
  options: {
    documents: { type: 'string', default: '1000000' },
    protocols: { type: 'string', default: 'websocket,grpc,http' },
  },
})
const total = Number(values.documents)
const requestSize = 100
const prefetch = 200
/** What memory may grow to, of what it was after the first tenth. */
const growth = 1.3
const text = 'x'.repeat(1000)

type Protocol = 'websocket' | 'grpc' | 'http'

interface Memory {
  readonly server: number
  readonly client: number
}

async function soak(protocol: Protocol): Promise<void> {
  const server = fork(new URL('server.ts', import.meta.url), { execArgv: ['--import', import.meta.resolve('tsx')] })
  const [ports] = (await once(server, 'message')) as [Record<Protocol, number>]
  await using client = new Client({ host: '127.0.0.1', port: ports[protocol], protocol })

  let given = 0
  let answered = 0
  let furthestAhead = 0
  let waits = 0
  function* documents() {
    for (; given < total; given++) {
      furthestAhead = Math.max(furthestAhead, given - answered)
      yield new Document(text)
    }
  }
  let first: Memory | undefined
  let most: Memory = { server: 0, client: 0 }
  for await (const { docs } of client.stream('/index', documents(), { requestSize, prefetch })) {
    // the one that is asked for next is not given yet
    if (given - answered >= prefetch * requestSize - 1) waits++
    answered += docs.length
    if (answered % (total / 20) > 0) continue
    const memory = await memoryOf(server)
    if (answered >= total / 10) {
      first ??= memory
      most = { server: Math.max(most.server, memory.server), client: Math.max(most.client, memory.client) }
    }
  }
  server.disconnect()
  await once(server, 'exit')

  const after = first as Memory
  judge(protocol, {
    [`${answered} of ${total} documents answered`]: answered === total,
    [`server: ${mega(after.server)} MB after a tenth, ${mega(most.server)} MB at most`]:
      most.server <= after.server * growth,
    [`client: ${mega(after.client)} MB after a tenth, ${mega(most.client)} MB at most`]:
      most.client <= after.client * growth,
    [`the producer waited at ${waits} of ${total / requestSize} answers, ${furthestAhead} documents ahead at most`]:
      waits > total / requestSize / 2 && furthestAhead <= (prefetch + 2) * requestSize,
  })
}

async function memoryOf(server: ChildProcess): Promise<Memory> {
  server.send('memory')
  const [rss] = (await once(server, 'message')) as [number]
  return { server: rss, client: process.memoryUsage.rss() }
}

function judge(protocol: Protocol, verdicts: Record<string, boolean>): void {
  for (const [what, good] of Object.entries(verdicts)) console.log(`${good ? 'PASS' : 'FAIL'} ${protocol}: ${what}`)
  const passed = Object.values(verdicts).filter(Boolean).length
  const failed = Object.keys(verdicts).length - passed
  console.log(`soak-${protocol}: ${passed} passed, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}

tuneHeap()
for (const protocol of values.protocols.split(',')) await soak(protocol as Protocol)
