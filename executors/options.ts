import type { Logger } from '../proto/index.ts'

/** What a schema library offers for checking values; zod's schemas have it. @see https://standardschema.dev */
export interface StandardSchema<Output = unknown, Input = unknown> {
  readonly '~standard': {
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    /** For the compiler alone. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
    /** Where the library can say it as JSON Schema. @see https://standardschema.dev/json-schema */
    readonly jsonSchema?: {
      readonly input: (options: JsonSchemaOptions) => Record<string, unknown>
      readonly output: (options: JsonSchemaOptions) => Record<string, unknown>
    }
  }
}

interface JsonSchemaOptions {
  readonly target: 'draft-2020-12'
  readonly libraryOptions?: Record<string, unknown>
}

export interface SchemaResult<Output> {
  readonly value?: Output
  readonly issues?:
    | readonly { message: string; path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined }[]
    | undefined
}

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
