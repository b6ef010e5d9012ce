import { parseArgs } from 'node:util'
import { judge } from './history.ts'
import { Random } from './random.ts'
import { type Result, summarize, table, writeReport } from './report.ts'
import type { Scenario, Trial } from './scenario.ts'
import { groups, longer } from './scenarios/index.ts'
import { System, type SystemOptions } from './system.ts'

// Does each bad thing many times at random moments, measures how long it takes to get over it, and prints a table. Ends with 1 where
// something did not hold.

const { values } = parseArgs({
  options: {
    trials: { type: 'string', default: '30' },
    /** Only scenarios whose names match. */
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    /** Scenarios at a time, each with a system of its own; those that measure throughput have the machine to themselves. */
    jobs: { type: 'string', default: '1' },
    /** Write docs/reliability.md. */
    write: { type: 'boolean', default: false },
  },
})

async function runAll(scenario: Scenario, options: SystemOptions): Promise<Trial[]> {
  const trials: Trial[] = []
  let system: System | undefined
  for (let i = 0; i < Number(values.trials); i++) {
    const seed = Number(values.seed) + i
    system ??= await System.start(options)
    const trial = await scenario.trial(system, new Random(seed)).catch(broken)
    trials.push(trial)
    tell(scenario, seed, trial)
    if (trial.wrong.length === 0) continue
    console.log(system.outputs.slice(-2000))
    // what is broken may stay so
    await system.stop()
    system = undefined
  }
  await system?.stop()
  return trials
}

/** A trial that did not come to its end is one that did not hold. */
function broken(error: unknown): Trial {
  return { verdict: judge([]), measured: {}, wrong: [String(error)] }
}

function tell({ name }: Scenario, seed: number, { verdict, measured, wrong }: Trial): void {
  const { requests, answered, errors, repeated } = verdict
  const counts = [`${requests} sent`, `${answered} answered`, `${repeated.length} began again`]
  const failed = Object.entries(errors).map(([code, count]) => `${count} ${code}`)
  const times = Object.entries(measured).map(([what, value]) => `${what}: ${Math.round(value)}`)
  console.log(`${name}, seed ${seed}: ${[...counts, ...failed, ...times].join(', ')}`)
  for (const sentence of wrong.slice(0, 5)) console.log(`  WRONG: ${sentence.slice(0, 600)}`)
}

const everything = [...groups, ...longer].flatMap(({ system, scenarios }) =>
  scenarios.map((scenario) => ({ scenario, system })),
)
const chosen = everything.filter(({ scenario }) => new RegExp(values.only).test(scenario.name))
const results = new Map<Scenario, Result>()

async function work(queue: (typeof chosen)[number][]): Promise<void> {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const { scenario, system } = next
    results.set(scenario, summarize(scenario, await runAll(scenario, system)))
  }
}

const together = chosen.filter(({ scenario }) => !scenario.alone)
await Promise.all(Array.from({ length: Number(values.jobs) }, () => work(together)))
await work(chosen.filter(({ scenario }) => scenario.alone))

const inOrder = chosen.flatMap(({ scenario }) => results.get(scenario) ?? [])
console.log(`\n${table(inOrder)}`)
const order = everything.map(({ scenario }) => scenario)
if (values.write) writeReport(inOrder, order)
if (inOrder.some(({ wrong }) => wrong > 0)) process.exitCode = 1
