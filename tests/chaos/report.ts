import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { arch, availableParallelism, platform } from 'node:os'
import type { Scenario, Trial } from './scenario.ts'

/** What came of all trials of a scenario. */
export interface Result {
  readonly name: string
  readonly promise: string
  readonly trials: number
  /** Trials in which something did not hold. */
  readonly wrong: number
  readonly requests: number
  readonly repeated: number
  readonly errors: Readonly<Record<string, number>>
  readonly times: readonly Times[]
}

interface Times {
  readonly what: string
  readonly median: number
  readonly max: number
  readonly goal: number | undefined
}

export function summarize(scenario: Scenario, trials: readonly Trial[]): Result {
  const names = new Set(trials.flatMap(({ measured }) => Object.keys(measured)))
  const errors: Record<string, number> = {}
  for (const { verdict } of trials)
    for (const [code, count] of Object.entries(verdict.errors)) errors[code] = (errors[code] ?? 0) + count
  return {
    name: scenario.name,
    promise: scenario.promise,
    trials: trials.length,
    wrong: trials.filter(({ wrong }) => wrong.length > 0).length,
    requests: sum(trials.map(({ verdict }) => verdict.requests)),
    repeated: sum(trials.map(({ verdict }) => verdict.repeated.length)),
    errors,
    times: [...names].map((what) => {
      const values = trials.flatMap(({ measured }) => measured[what] ?? []).toSorted((a, b) => a - b)
      const median = values[Math.floor(values.length / 2)] as number
      return { what, median, max: values.at(-1) as number, goal: scenario.goals?.[what] }
    }),
  }
}

/** In Markdown: what holds, and then what was measured. */
export function table(results: readonly Result[]): string {
  const held = results.map(({ name, promise, trials, wrong, requests, repeated, errors }) => [
    name,
    promise,
    `${trials - wrong} of ${trials}`,
    requests,
    Object.entries(errors)
      .map(([code, count]) => `${count} ${code}`)
      .join(', ') || 'none',
    repeated,
  ])
  const measured = results.flatMap(({ name, times }) =>
    times.map(({ what, median, max, goal }) => [name, what, shown(median), shown(max), goal && shown(goal)]),
  )
  return [
    rows(['what happens', 'what holds', 'trials it held in', 'requests', 'errors', 'began again'], held),
    rows(['what happens', 'measured', 'median', 'max', 'goal'], measured),
  ].join('\n\n')
}

const generated = '<!-- what follows is written by npm run chaos -- --write -->'

/** Results of earlier runs, so that one scenario can be done again without all others. */
const kept = new URL('../../.cache/chaos.json', import.meta.url)

/** Replaces what stands below the mark, for these scenarios; of others, what came last is kept. */
export function writeReport(results: readonly Result[], order: readonly Scenario[]): void {
  const known: Record<string, Result> = existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : {}
  for (const result of results) known[result.name] = result
  mkdirSync(new URL('.', kept), { recursive: true })
  writeFileSync(kept, JSON.stringify(known, null, 1))
  const file = new URL('../../docs/reliability.md', import.meta.url)
  const [text] = readFileSync(file, 'utf8').split(generated)
  const machine = `${availableParallelism()} cores, ${platform()} ${arch()}, Node ${process.versions.node.split('.')[0]}`
  const where = `On one machine (${machine}) that runs Redis, the gateway, the executors and the client. Times are in ms unless it is said.`
  const all = order.flatMap(({ name }) => known[name] ?? [])
  writeFileSync(file, `${text}${generated}\n\n${where}\n\n${table(all)}\n`)
}

function rows(head: readonly string[], body: readonly (readonly unknown[])[]): string {
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function shown(value: number): string {
  return String(Math.round(value))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
