import { snakeKey } from '../../flows/spelling.ts'
import type { Comment } from './comments.ts'

export type JsonSchema = Record<string, unknown>

/** Finds what is said of a key that stands beside `keys`. */
export type Find = (key: string, keys: readonly string[]) => Comment | undefined

const INTRO = `# Every option of a flow

The keys of a flow's YAML, made from the schemas that check them (\`npm run reference\`). Keys may be written as here or in camelCase, as they are in
TypeScript: \`uses_with\` is \`usesWith\`. Durations are in milliseconds and sizes in bytes. A variable (\`$NAME\`) may stand for any value.
`

/** docs/reference.md */
export function pageOf(schema: JsonSchema, find: Find): string {
  const { with: options, executors } = schema.properties as Record<string, JsonSchema>
  const parts = [
    ['The flow and its gateway', '`with`, or `gateway`, which is stronger', options],
    ['Executors', 'each of `executors`', executors?.items],
  ] as const
  const sections = parts.map(([title, where, part]) => {
    const { own, ignored } = meaningful(part as JsonSchema)
    const rows = rowsOf(own, '', find)
    const table = `| key | value | default | means |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`
    const others = `Keys of Jina's that mean nothing here are taken, and told in the log: ${ignored.join(', ')}.\n`
    return `\n## ${title}\n\nKeys of ${where}.\n\n${table}\n${others}`
  })
  return INTRO + sections.join('')
}

/** The keys of a part that mean something, and the names of the others: those may be anything. */
function meaningful(part: JsonSchema): { own: JsonSchema; ignored: string[] } {
  const [object] = part.properties ? [part] : (part.anyOf as JsonSchema[]).filter(({ properties }) => properties)
  const entries = Object.entries(object?.properties as Record<string, JsonSchema>)
  const means = ([, schema]: (typeof entries)[number]) => Object.keys(schema).length > 0
  return {
    own: { ...object, properties: Object.fromEntries(entries.filter(means)) },
    ignored: entries.filter((entry) => !means(entry)).map(([key]) => `\`${snakeKey(key)}\``),
  }
}

function rowsOf({ properties }: JsonSchema, above: string, find: Find): string[] {
  const entries = Object.entries((properties ?? {}) as Record<string, JsonSchema>)
  const keys = entries.map(([key]) => key)
  return entries.flatMap(([key, schema]) => {
    const { text = '', byDefault } = find(key, keys) ?? {}
    const given = byDefault ?? ('default' in schema ? `\`${JSON.stringify(schema.default)}\`` : '')
    const name = `${above}${snakeKey(key)}`
    const cells = [`\`${name}\``, typeText(schema), given, text].map((cell) => cell.replaceAll('|', '\\|'))
    return [
      `| ${cells.join(' | ')} |`,
      ...innerObjects(schema).flatMap(([inner, path]) => rowsOf(inner, name + path, find)),
    ]
  })
}

/** Objects below a key that have keys of their own, and what stands between the two. */
function innerObjects(schema: JsonSchema): [JsonSchema, string][] {
  const { properties, anyOf, items, additionalProperties } = schema
  if (properties && Object.keys(properties).length > 0) return [[schema, '.']]
  const alternatives = ((anyOf ?? []) as JsonSchema[]).flatMap(innerObjects)
  const each = typeof additionalProperties === 'object' ? innerObjects(additionalProperties as JsonSchema) : []
  const listed = typeof items === 'object' ? innerObjects(items as JsonSchema) : []
  return [...alternatives, ...each.map(([one]): [JsonSchema, string] => [one, '.*.']), ...listed]
}

function typeText(schema: JsonSchema): string {
  const { type, anyOf, items, const: only, enum: choices } = schema
  if (Array.isArray(anyOf)) {
    const known = (anyOf as JsonSchema[]).filter((one) => Object.keys(one).length > 0)
    return [...new Set(known.map(typeText))].join(' or ')
  }
  if (only !== undefined) return `\`${JSON.stringify(only)}\``
  if (Array.isArray(choices)) return choices.map((choice) => `\`${JSON.stringify(choice)}\``).join(', ')
  if (type === 'array') return `list of ${typeText(items as JsonSchema)}`
  if (type === 'object') return 'map'
  if (type === 'integer' || type === 'number')
    return `${type === 'integer' ? 'whole number' : 'number'}${rangeText(schema)}`
  return type === undefined ? 'any' : ({ string: 'text', boolean: 'true or false' }[String(type)] ?? String(type))
}

function rangeText({ minimum, exclusiveMinimum, maximum }: JsonSchema): string {
  const most = typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined
  const least = typeof minimum === 'number' && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined
  if (typeof exclusiveMinimum === 'number') return most === undefined ? ` above ${exclusiveMinimum}` : ''
  if (least === undefined) return most === undefined ? '' : `, at most ${most}`
  return most === undefined ? ` from ${least}` : ` from ${least} to ${most}`
}
