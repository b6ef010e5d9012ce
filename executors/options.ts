import type { Logger, SchemaResult, StandardSchema } from '../proto/index.ts'

export type { SchemaResult, StandardSchema }

/** What an executor is made with; {@link Executor}'s constructor takes it. */
export interface ExecutorInit<Options = unknown> {
  /** Name of its deployment. @default the class name */
  name?: string
  /** `usesWith`, after its schema. */
  options?: Options
  /** Folder for its files. @default ~/.cache/sluice */
  workspace?: string
  logger?: Logger
}

/** `issues` of a schema as one text: `limit: expected number; model.path: required`. */
export function issuesText(issues: NonNullable<SchemaResult<unknown>['issues']>): string {
  return issues.map(({ message, path = [] }) => `${path.map(keyOf).join('.') || 'value'}: ${message}`).join('; ')
}

function keyOf(part: PropertyKey | { key: PropertyKey }): string {
  return String(typeof part === 'object' ? part.key : part)
}
