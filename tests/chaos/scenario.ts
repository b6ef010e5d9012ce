import { type Event, judge, type Verdict } from './history.ts'
import type { Load } from './load.ts'
import type { Random } from './random.ts'
import type { System } from './system.ts'

/** Something bad that happens to a system, again and again at random moments. */
export interface Scenario {
  /** What happens. */
  readonly name: string
  /** What holds all the same: a sentence of the contract. */
  readonly promise: string
  /** What its times are measured against. Unit: ms. */
  readonly goals?: Readonly<Record<string, number>>
  /** Nothing else may keep the machine busy meanwhile. */
  readonly alone?: boolean
  trial(system: System, random: Random): Promise<Trial>
}

/** What came of one time. */
export interface Trial {
  readonly verdict: Verdict
  /** Times, by what they are. Unit: ms. */
  readonly measured: Readonly<Record<string, number>>
  /** What did not hold, a sentence each. */
  readonly wrong: readonly string[]
}

/** @param expectations - what must hold beside what holds of every history, by the sentence to say where it does not */
export function conclude(
  system: System,
  load: Load,
  measured: Record<string, number> = {},
  expectations: Record<string, boolean> = {},
): Trial {
  const verdict = judge(system.historyOf(load))
  const broken = Object.entries(expectations).flatMap(([sentence, holds]) => (holds ? [] : [sentence]))
  return { verdict, measured, wrong: [...verdict.wrong, ...broken] }
}

/** The errors of a history whose codes are not among these: what nobody should see. */
export function unexpected(events: readonly Event[], ...codes: readonly string[]): string[] {
  return events.flatMap((event) =>
    event.kind === 'error' && !codes.includes(event.code) ? [`${event.id}: ${event.code} ${event.reason}`] : [],
  )
}
