import { parse, parseDocument, visit } from 'yaml'
import type { Json } from './recordings.ts'

// What can be told of a recorded flow from its text.

/** An entry of `executors`. */
export type Written = Readonly<Record<string, unknown>>

/** The entries of `executors`; none where the text is no flow. */
export function nodesOf(yaml: string): readonly Written[] {
  try {
    const { executors } = parse(yaml, { merge: true }) as { executors?: Written[] }
    return Array.isArray(executors) ? executors.filter(({ name }) => name !== 'gateway') : []
  } catch {
    return []
  }
}

/** A quoted text in the YAML that would be another value without its quotes. */
export function rereadsQuoted(yaml: string): boolean {
  let found = false
  visit(parseDocument(yaml), {
    Scalar: (key, { type, value }) => {
      if (key === 'key' || typeof value !== 'string' || !type?.startsWith('QUOTE_')) return
      const plain = value.trim()
      const number = plain !== '' && !Number.isNaN(Number(plain))
      const python = /^(true|false|True|False)$/.test(plain) || plain === '' || plain !== value
      if (number || python || /^'.*'$|^\[.*\]$/s.test(plain)) found = true
    },
  })
  return found
}

export function hasUnknownNeeds(nodes: readonly Written[]): boolean {
  const names = ['gateway', ...nodes.map(({ name }, i) => String(name || `executor${i}`))]
  return nodes.some(({ needs }) =>
    [needs ?? []].flat().some((need) => typeof need === 'string' && !names.includes(need)),
  )
}

export function hasCircle(nodes: readonly Written[]): boolean {
  const needsOf = new Map(nodes.map(({ name, needs }) => [String(name), [needs ?? []].flat().map(String)]))
  const leadsTo = (from: string, to: string, seen: Set<string>): boolean =>
    (needsOf.get(from) ?? []).some((need) => {
      if (need === to) return true
      if (seen.has(need)) return false
      seen.add(need)
      return leadsTo(need, to, seen)
    })
  return [...needsOf.keys()].some((name) => leadsTo(name, name, new Set()))
}

const KEYS = {
  flow: 'jtype version with gateway executors deployments',
  with: 'name workspace env inspect log_config quiet quiet_error reload protocol port host prefetch title cors timeout_send',
  executors: `name method uses uses_with uses_metas uses_requests uses_dynamic_batching needs floating no_reduce when shards replicas
    polling uses_before uses_after timeout_send retries workspace env output_array_type external host port tls grpc_metadata py_modules
    timeout_ready timeout_ctrl monitoring`,
}

export function hasUnknownKeys(yaml: string, nodes: readonly Written[]): boolean {
  const isUnknown = (keys: string, value: unknown) =>
    Object.keys((value ?? {}) as object).some((key) => !keys.split(/\s+/).includes(key))
  const top = parse(yaml, { merge: true }) as Json | null
  const polls = nodes.flatMap(({ polling }) =>
    typeof polling === 'object' && polling ? Object.values(polling) : (polling ?? []),
  )
  return (
    isUnknown(KEYS.flow, top) ||
    isUnknown(KEYS.with, top?.with) ||
    nodes.some((node) => isUnknown(KEYS.executors, node)) ||
    polls.some((polling) => !/^(any|all)$/i.test(String(polling))) ||
    nodes.some(({ shards = 1, replicas = 1 }) => Number(shards) < 1 || Number(replicas) < 1)
  )
}

/** What CONTRACT.md says of each class besides `sleep`. */
const OPTIONS: Readonly<Record<string, string>> = {
  ...{ SetText: 'text', SetField: 'fields', SetTensor: 'values dtype', SetBlob: 'text', SetScore: 'key value' },
  ...{
    AddChunk: 'label text per_shard',
    AddMatch: 'label text per_shard',
    Drop: 'every',
    Create: 'per_shard',
    Fail: 'on_text',
  },
}

export function hasUnknownOptions(nodes: readonly Written[]): boolean {
  return nodes.some(({ uses, uses_with }) => {
    if (typeof uses_with !== 'object' || uses_with === null) return false
    const known = typeof uses === 'string' ? ['sleep', ...(OPTIONS[uses] ?? '').split(' ')] : []
    return Object.keys(uses_with).some((key) => !known.includes(key))
  })
}
