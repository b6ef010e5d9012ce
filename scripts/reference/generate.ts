import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { flowJsonSchema } from '../../flows/exports/json-schema.ts'
import { yamlFlow } from '../../flows/schema.ts'
import { commentOf, literalsOf } from './comments.ts'
import { type Find, type JsonSchema, pageOf } from './page.ts'

const root = resolve(fileURLToPath(import.meta.url), '../../..')

/** Where options are written. */
const SOURCES = ['flows/options.ts', 'flows/schema.ts', 'gateway/options.ts']
const AROUND = ['gateway/around/auth.ts', 'gateway/around/cors.ts', 'gateway/health.ts']

/** What is made of the options' schemas and of the comments above them, by file. */
export function generate(): ReadonlyMap<string, string> {
  const literals = literalsOf([...SOURCES, ...AROUND].map((file) => resolve(root, file)))
  const find: Find = (key, keys) => commentOf(key, keys, literals)
  const schema = z.toJSONSchema(yamlFlow, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  const texts: Record<string, string> = {}
  gather(schema, '', find, texts)
  return new Map([
    ['docs/reference.md', pageOf(schema, find)],
    ['flows/exports/flow.schema.json', `${JSON.stringify(flowJsonSchema(texts), undefined, 2)}\n`],
  ])
}

/** The text of every key, by its path: lists and alternatives have the path of what they stand below. */
function gather(schema: JsonSchema, path: string, find: Find, texts: Record<string, string>): void {
  const { properties = {}, anyOf, items, additionalProperties } = schema
  const keys = Object.keys(properties as object)
  for (const [key, inner] of Object.entries(properties as Record<string, JsonSchema>)) {
    const at = path ? `${path}.${key}` : key
    const text = find(key, keys)?.text
    if (text) texts[at] = text
    gather(inner, at, find, texts)
  }
  for (const one of (anyOf ?? []) as JsonSchema[]) gather(one, path, find, texts)
  if (typeof items === 'object') gather(items as JsonSchema, path, find, texts)
  if (typeof additionalProperties === 'object') gather(additionalProperties as JsonSchema, `${path}.*`, find, texts)
}
