import { z } from 'zod'
import { deploymentOptions, flowOptions } from './options.ts'

// A flow in YAML. Keys are Jina's (snake_case) or ours (camelCase); values are checked by the schemas of the options.

/** `uses` written inline: what to load, and its options. */
const inlineExecutor = z.strictObject({ jtype: z.string().min(1), with: z.record(z.string(), z.unknown()).optional() })

const yamlDeployment = deploymentOptions.extend({ uses: z.union([z.string().min(1), inlineExecutor]).optional() })

/** What a file says, keys in camelCase. */
export const yamlFlow = z.strictObject({
  jtype: z.literal('Flow', 'must be Flow'),
  version: z.union([z.string(), z.number()]).optional(),
  with: flowOptions.omit({ logger: true }).partial().optional(),
  gateway: flowOptions.omit({ logger: true }).partial().optional(),
  executors: z.array(yamlDeployment).optional(),
  deployments: z.array(yamlDeployment).optional(),
})

export type YamlFlow = z.output<typeof yamlFlow>

/** Keys under which users' own names stand: these are never respelled. */
const OPAQUE = new Set(['usesWith', 'exposeEndpoints'])

/** `uses_with` → `usesWith`, at every depth but below {@link OPAQUE} keys. */
export function camelKey(key: string): string {
  return key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

export function isOpaque(key: string): boolean {
  return OPAQUE.has(camelKey(key))
}
