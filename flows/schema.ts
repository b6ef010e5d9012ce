import { z } from 'zod'
import { ELSEWHERE, instead, jinaKeysOfExecutors, jinaKeysOfFlows } from './jina-keys.ts'
import { deploymentOptions, flowOptions } from './options.ts'

// A flow in YAML. Keys are Jina's (snake_case) or ours (camelCase); values are checked by the schemas of the options.
// This schema is all that knows which keys there are: spellings, suggestions and checks follow from it.

const { usesMetas, usesRequests, usesDynamicBatching, modules } = deploymentOptions.shape

/** An executor in YAML: in a file of its own, or inline. */
export const yamlExecutor = z.strictObject({
  jtype: z.string().min(1),
  version: z.union([z.string(), z.number()]).optional(),
  with: z.record(z.string(), z.unknown()).optional(),
  metas: usesMetas,
  requests: usesRequests,
  dynamicBatching: usesDynamicBatching,
  modules,
  pyModules: instead(ELSEWHERE),
})

const ownKeysOfExecutors = {
  ...deploymentOptions.shape,
  uses: z.union([...deploymentOptions.shape.uses.unwrap().options, yamlExecutor]).optional(),
  /** Which method of a Flow adds it. */
  method: z.enum(['add', 'needs', 'needs_all', 'inspect', 'gather_inspect']).optional(),
  pyModules: instead(ELSEWHERE),
}

const yamlDeployment = z.strictObject({ ...jinaKeysOfExecutors(ownKeysOfExecutors), ...ownKeysOfExecutors })

const ownKeysOfFlows = {
  ...flowOptions.omit({ logger: true, health: true }).shape,
  pyModules: instead(ELSEWHERE),
  sslCertfile: instead('write tls: { cert: …, key: … }'),
  sslKeyfile: instead('write tls: { cert: …, key: … }'),
}

const yamlOptions = z.strictObject({ ...jinaKeysOfFlows(ownKeysOfFlows), ...ownKeysOfFlows }).nullish()

/** What a file says, keys in camelCase. */
export const yamlFlow = z.strictObject({
  jtype: z.literal('Flow', 'must be Flow'),
  version: z
    .union([z.string(), z.number()])
    .refine((version) => /^1(\.0)?$/.test(String(version)), 'the version of flows is 1')
    .optional(),
  with: yamlOptions,
  /** As `with`, and stronger. */
  gateway: yamlOptions,
  executors: z.array(yamlDeployment).optional(),
  /** Another name for `executors`. */
  deployments: z.array(yamlDeployment).optional(),
})

/** As written, without defaults: those of `gateway` would hide what `with` says. */
export type YamlFlow = z.input<typeof yamlFlow>
export type YamlDeployment = z.input<typeof yamlDeployment>

/** The parts of what is written that mean something, and the keys that do not. */
export function meant<T extends object>(written: T, schema: 'executor' | 'flow'): { own: T; ignored: string[] } {
  const known = schema === 'flow' ? ownKeysOfFlows : ownKeysOfExecutors
  const entries = Object.entries(written)
  return {
    own: Object.fromEntries(entries.filter(([key]) => Object.hasOwn(known, key))) as T,
    ignored: entries.map(([key]) => key).filter((key) => !Object.hasOwn(known, key)),
  }
}

/** A part of {@link yamlFlow}; undefined where values are users' own and nothing is known of them. */
export type Schema = z.core.$ZodType | undefined

/** What a schema says of the value at a key or an index. */
export function schemaAt(schema: Schema, key: string | number): Schema {
  for (const option of alternatives(schema)) {
    if (option instanceof z.ZodObject && Object.hasOwn(option.shape, key)) return option.shape[key]
    if (option instanceof z.ZodRecord) return option.valueType
    if (option instanceof z.ZodArray && typeof key === 'number') return option.element
  }
  return undefined
}

/** The keys that a map may have; undefined where they are the user's own. */
export function keysOf(schema: Schema): string[] | undefined {
  const objects = alternatives(schema).filter((option) => option instanceof z.ZodObject)
  return objects.length > 0 ? objects.flatMap((option) => Object.keys(option.shape)) : undefined
}

function alternatives(schema: Schema): z.core.$ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return alternatives(schema.unwrap())
  }
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(alternatives)
  return schema === undefined ? [] : [schema]
}
