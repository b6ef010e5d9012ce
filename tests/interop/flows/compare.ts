import type { Promised } from './rows.ts'

/** Where an answer differs from what is wanted, in words; undefined where it does not. */
export function difference(got: Promised, wanted: Promised): string | undefined {
  for (const [field, want] of Object.entries(wanted)) {
    const is = got[field as keyof Promised]
    if (want !== undefined && !matches(is, want)) return `${field} is ${shown(is)}, not ${shown(want)}`
  }
  return undefined
}

function matches(got: unknown, want: unknown): boolean {
  if (want instanceof RegExp) return typeof got === 'string' && want.test(got)
  if (typeof want !== 'object' || want === null) return Object.is(got, want)
  if (typeof got !== 'object' || got === null || Array.isArray(got) !== Array.isArray(want)) return false
  const keys = new Set([...Object.keys(got), ...Object.keys(want)])
  return [...keys].every(
    (key) => Object.hasOwn(got, key) && Object.hasOwn(want, key) && matches(got[key as never], want[key as never]),
  )
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_, inner) => (inner instanceof RegExp ? String(inner) : inner)) ?? 'absent'
  return text.length > 600 ? `${text.slice(0, 600)}…` : text
}
