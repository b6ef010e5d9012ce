import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { freePorts, jinaEnv, python, root, shared } from '../../tests/interop/peers.ts'
import { build } from '../built.ts'
import { type Load, load, type Slice, type Target } from './load.ts'

// node --import tsx bench/bento/run.ts [--rounds 5 --slice 3 --write]
// Typed endpoints over HTTP against those of the real BentoML, in alternating slices, with autocannon.

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    slice: { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.slice)
const names = ['ours', 'theirs'] as const
type Name = (typeof names)[number]

build()
const children: ChildProcess[] = []
const targets: Readonly<Record<Name, Target>> = { ours: await startOurs(), theirs: await startTheirs() }

const vector = Array.from({ length: 768 }, (_, i) => (i % 100) / 97)
const echo = { path: '/echo', body: '{"x": 7}', connections: 16 }
const embed = { path: '/embed_nobatch', body: JSON.stringify({ vecs: [vector] }), connections: 8 }

/** Alternates the two, after each has run unmeasured. */
async function compare(work: Omit<Load, 'seconds'>): Promise<Record<Name, Slice>> {
  const slices: Record<Name, Slice[]> = { ours: [], theirs: [] }
  for (const name of names) await load(targets[name], { ...work, seconds })
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 ? names.toReversed() : names) {
      slices[name].push(await load(targets[name], { ...work, seconds }))
    }
  }
  return { ours: middle(slices.ours), theirs: middle(slices.theirs) }
}

function middle(slices: readonly Slice[]): Slice {
  const of = (figure: keyof Slice) => {
    const sorted = slices.map((slice) => slice[figure]).sort((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)] as number
  }
  return { perSecond: of('perSecond'), p99Ms: of('p99Ms'), perCpuSecond: of('perCpuSecond') }
}

const rows: string[] = []
const goals: string[] = []
const goal = (what: string, ratio: number, least: number) =>
  goals.push(`- ${what}: ${ratio >= least ? 'met' : 'MISSED'} (${ratio.toFixed(1)})`)

for (const [what, work, least] of [
  ['`echo` of a number', echo, 10],
  ['`embed_nobatch` of 768 floats', embed, 5],
] as const) {
  const most = await compare(work)
  // what the slower one can bear for long
  const rate = Math.max(20, Math.floor(most.theirs.perSecond * 0.6))
  const equal = await compare({ ...work, rate })
  for (const name of names) {
    const { perSecond, perCpuSecond } = most[name]
    const who = name === 'ours' ? 'Sluice' : 'BentoML 1.4.39'
    rows.push(
      `| ${what} | ${who} | ${perSecond.toFixed(0)} | ${perCpuSecond.toFixed(0)} | ${equal[name].p99Ms} (at ${rate}/s) |`,
    )
  }
  goal(`${what}: requests per CPU-second ≥ ${least} × theirs`, most.ours.perCpuSecond / most.theirs.perCpuSecond, least)
  goal(
    `${what}: p99 at equal load lower than theirs (theirs / ours)`,
    equal.theirs.p99Ms / Math.max(equal.ours.p99Ms, 0.5),
    1.01,
  )
}

const report = `Medians of ${rounds} alternating slices of ${seconds} s; one server process each (BentoML: one worker, 4 threads), loaded from this machine by autocannon, which counts latencies of less than 1 ms as 0. CPU is that of all processes of a server.

| what | who | requests/s | requests per CPU-second | p99 ms |
|---|---|---|---|---|
${rows.join('\n')}

${goals.join('\n')}`
console.log(report)
if (values.write)
  writeFileSync(resolve(root, 'bench/BENTO.md'), `# Typed endpoints beside BentoML, measured\n\n${report}\n`)
for (const child of children) child.kill('SIGTERM')
process.exit(goals.some((line) => line.includes('MISSED')) ? 1 : 0)

async function startOurs(): Promise<Target> {
  const child = fork(new URL('serve.ts', import.meta.url), { execArgv: ['--import', import.meta.resolve('tsx')] })
  children.push(child)
  const [port] = (await once(child, 'message')) as [number]
  return { url: `http://127.0.0.1:${port}`, pid: child.pid as number }
}

async function startTheirs(): Promise<Target> {
  const port = await freePorts(1)
  const venv = resolve(python('bento'), '../..')
  const args = [venv, 'bench_service:Bench', String(port)]
  const child = spawn(resolve(shared, 'interop/bento/serve'), args, {
    env: { ...process.env, ...jinaEnv },
    stdio: 'ignore',
    detached: true,
  })
  const end = () => {
    try {
      process.kill(-(child.pid as number), 'SIGTERM')
    } catch {
      // it has ended
    }
  }
  process.once('exit', end)
  const url = `http://127.0.0.1:${port}`
  for (let i = 0; i < 240; i++) {
    const up = await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (up) return { url, pid: child.pid as number }
    await sleep(250)
  }
  throw new Error('BentoML did not start')
}
