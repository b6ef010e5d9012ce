import type { Logger, SchemaResult, StandardSchema } from '../proto/index.ts'

export type { SchemaResult, StandardSchema }

/** What an executor is made with; {@link Executor}'s constructor takes it. */
export interface ExecutorInit<Options = unknown> {
  /** Name of its deployment. @default the class name */
  name?: string
  /** `usesWith`, after its schema. */
  options?: Options
  /** What `usesMetas` says. Its name, else that of the class, is another under which parameters can be meant for it. */
  metas?: ExecutorMetas | undefined
  /** `usesRequests`: endpoint → method. It replaces the endpoint that the method was bound to last. */
  requests?: Readonly<Record<string, string>> | undefined
  /** Which shard it is, counted from 0. */
  shard?: number | undefined
  /** Folder for its files. @default ~/.cache/sluice */
  workspace?: string
  logger?: Logger
}

/** What an executor is called, apart from its deployment. */
export interface ExecutorMetas {
  /** @default the class name */
  readonly name?: string | undefined
  /** Folder for its files, where its deployment names none. */
  readonly workspace?: string | undefined
}

/** `issues` of a schema as one text: `limit: expected number; model.path: required`. */
export function issuesText(issues: NonNullable<SchemaResult<unknown>['issues']>): string {
  return issues.map(({ message, path = [] }) => `${path.map(keyOf).join('.') || 'value'}: ${message}`).join('; ')
}

function keyOf(part: PropertyKey | { key: PropertyKey }): string {
  return String(typeof part === 'object' ? part.key : part)
}
