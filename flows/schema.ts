import { z } from 'zod'
import { deploymentOptions, flowOptions } from './options.ts'

// A flow in YAML. Keys are Jina's (snake_case) or ours (camelCase); values are checked by the schemas of the options.
// This schema is all that knows which keys there are: spellings, suggestions and checks follow from it.

/** `uses` written inline: what to load, and its options. */
const inlineExecutor = z.strictObject({ jtype: z.string().min(1), with: z.record(z.string(), z.unknown()).optional() })

const yamlDeployment = deploymentOptions.extend({ uses: z.union([z.string().min(1), inlineExecutor]).optional() })

const yamlOptions = flowOptions.omit({ logger: true, health: true }).optional()

/** What a file says, keys in camelCase. */
export const yamlFlow = z.strictObject({
  jtype: z.literal('Flow', 'must be Flow'),
  version: z.union([z.string(), z.number()]).optional(),
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
