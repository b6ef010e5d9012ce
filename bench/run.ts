import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../tests/interop/peers.ts'
import { concurrency, measure } from './measure.ts'
import { head, rows, verdicts } from './report.ts'
import { buildGenerator, protocols, startTargets } from './targets.ts'

// npm run bench [-- --protocols http --workloads w1,w2 --rounds 9 --slice 2 --no-jina --write]
// Ours against the bare libraries (the floor) and the real Jina, in turns. CPU per request is the figure to trust.

const { values } = parseArgs({
  options: {
    protocols: { type: 'string', default: Object.keys(protocols).join() },
    workloads: { type: 'string', default: Object.keys(concurrency).join() },
    rounds: { type: 'string', default: '9' },
    slice: { type: 'string', default: '2' },
    'no-jina': { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})

const generator = buildGenerator()
const table = [head]
const goals: string[] = []

for (const protocol of values.protocols.split(',')) {
  const targets = await startTargets(protocol, !values['no-jina'])
  const stop = () => Promise.all(targets.map(({ server }) => server.stop()))
  process.once('SIGINT', () => stop().then(() => process.exit(130)))
  try {
    for (const workload of values.workloads.split(',')) {
      console.error(`${protocol} ${workload} …`)
      const cell = await measure(generator, protocol, workload, targets, {
        rounds: Number(values.rounds),
        seconds: Number(values.slice) * stretch(protocol, workload),
      })
      table.push(...rows(protocol, workload, cell))
      goals.push(...verdicts(protocol, workload, cell))
    }
  } finally {
    await stop()
    process.removeAllListeners('SIGINT')
  }
}

/** The real Jina needs seconds for one request of w3 as JSON, and of w2 over GraphQL. */
function stretch(protocol: string, workload: string): number {
  return (workload === 'w3' ? 2 : 1) * (protocol === 'graphql' && workload !== 'w1' ? 2 : 1)
}

const method = `Medians of ${values.rounds} alternating slices of ${values.slice} s (w3, and GraphQL from w2: twice that each); ${cpus().length} cores, Node ${process.version}. One executor each.
w1: one text, 32 requests in flight; w2: 100 texts, 8; w3: 100 embeddings of 768 floats, 4.`
const report = [method, table.join('\n'), goals.join('\n')].join('\n\n')
console.log(report)
if (values.write) writeFileSync(resolve(root, 'bench/RESULTS.md'), `# Measured\n\n${report}\n`)
