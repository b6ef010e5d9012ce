import type { Connection, Stats } from '../transports/index.ts'

/** Figures of several connections as of one: counts are added, times are those of the one that waits longest. */
export function statsOf(connections: readonly Connection[]): Stats | undefined {
  const known = connections.flatMap(({ stats }) => (stats ? [stats] : []))
  if (known.length === 0) return undefined
  const all: Record<string, number> = {}
  for (const [name, value] of known.flatMap((stats) => Object.entries(stats))) {
    all[name] = name.endsWith('Ms') ? Math.max(all[name] ?? 0, value) : (all[name] ?? 0) + value
  }
  return all
}
