import { FlowError, type Issue } from '../../proto/index.ts'
import type { SchemaResult } from '../options.ts'

type SchemaIssue = NonNullable<SchemaResult<unknown>['issues']>[number] & { code?: string; params?: { type?: string } }

/** A schema library's issues in the words of typed answers; `value` is what was checked. */
export function issuesOf(issues: readonly SchemaIssue[], value: unknown, prefix: Issue['loc'] = []): Issue[] {
  return issues.map((issue) => {
    const path = (issue.path ?? []).map((part) => keyOf(part))
    const loc = [...prefix, ...path]
    if (valueAt(value, path) === undefined) return { type: 'missing', loc, msg: 'Field required' }
    return { type: issue.params?.type ?? issue.code ?? 'value_error', loc, msg: issue.message }
  })
}

/** Why a call was refused: all that is wrong with its arguments. */
export function refusedArguments(api: string, issues: readonly Issue[]): FlowError {
  const count = `${issues.length} validation error${issues.length === 1 ? '' : 's'} for ${api}`
  return new FlowError('INVALID_ARGUMENT', count, { issues })
}

function keyOf(part: PropertyKey | { key: PropertyKey }): string | number {
  const key = typeof part === 'object' ? part.key : part
  return typeof key === 'number' ? key : String(key)
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let at = value
  for (const key of path)
    at = typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? at[key as never] : undefined
  return at
}
