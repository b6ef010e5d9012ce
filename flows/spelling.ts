import { closest, distance } from 'fastest-levenshtein'
import type { Path } from './places.ts'
import { keysOf, type Schema, schemaAt } from './schema.ts'

/** `uses_with` → `usesWith` */
export function camelKey(key: string): string {
  return key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/**
 * The value with the keys that its schema knows in camelCase; names that are the user's own stay as they are.
 * @param onTwice - told of a key whose other spelling stands before it
 */
export function respell(value: unknown, schema: Schema, onTwice: OnTwice, path: Path = []): unknown {
  const inner = (of: unknown, key: string | number, name = key) =>
    respell(of, schemaAt(schema, name), onTwice, [...path, key])
  if (Array.isArray(value)) return value.map((item, i) => inner(item, i))
  if (typeof value !== 'object' || value === null) return value
  const known = keysOf(schema) ?? []
  const written = new Map<string, string>()
  const entries = Object.entries(value).map(([key, of]) => {
    const name = known.includes(camelKey(key)) ? camelKey(key) : key
    const other = written.get(name)
    if (other !== undefined) onTwice([...path, key], other)
    written.set(name, key)
    return [name, inner(of, key, name)]
  })
  return Object.fromEntries(entries)
}

type OnTwice = (path: Path, other: string) => void

/** ` (did you mean "…"?)` where a known word is near, spelled as the user spells; else nothing. */
export function suggestion(word: string, known: readonly string[] = []): string {
  const best = known.length > 0 ? closest(camelKey(word), [...known]) : undefined
  if (best === undefined || word.length < 3 || distance(camelKey(word), best) > Math.max(1, word.length / 3)) return ''
  return ` (did you mean "${word.includes('_') ? snakeKey(best) : best}"?)`
}

/** `usesWith` → `uses_with` */
export function snakeKey(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
