import type { Issue, JsonSchema } from '../../proto/index.ts'
import { coerced } from './coerce.ts'
import { isSchema } from './describe.ts'
import { issuesOf, refusedArguments } from './issues.ts'
import { unknownMembers } from './strict.ts'
import type { Fields, Input, Schema } from './types.ts'

/** How arguments are checked. */
export interface CheckOptions {
  readonly name: string
  readonly input: Input
  readonly described: JsonSchema
  readonly strict: boolean
}

type Checked = { readonly value: unknown; readonly issues: readonly Issue[] }

/**
 * Arguments after their schemas. What they refuse is tried once more with texts read as the numbers and booleans that are wanted,
 * as pydantic does, unless `strict`.
 * @throws {FlowError} INVALID_ARGUMENT with one issue for each mistake
 */
export async function checkArguments(value: unknown, options: CheckOptions): Promise<unknown> {
  try {
    return await checked(value, options)
  } catch (error) {
    // schemas that refer to themselves go down as deep as the value does
    if (!(error instanceof RangeError) || !/call stack/.test(error.message)) throw error
    throw refusedArguments(options.name, [{ type: 'recursion_loop', loc: [], msg: 'The value is nested too deep' }])
  }
}

async function checked(value: unknown, options: CheckOptions): Promise<unknown> {
  const { name, input, described, strict } = options
  const unknown = strict ? unknownMembers(described, value) : []
  const first = strict && value === null && !isSchema(input) ? notAnObject(value) : await check(value, input)
  if (first.issues.length + unknown.length === 0) return first.value
  const second = strict ? first : await check(coerced(described, value), input)
  const issues = [...second.issues, ...unknown]
  if (issues.length === 0) return second.value
  throw refusedArguments(name, issues)
}

async function check(value: unknown, input: Input): Promise<Checked> {
  if (!isSchema(input)) return checkFields(value, input)
  return checkValue(value, input)
}

async function checkValue(value: unknown, schema: Schema, prefix: Issue['loc'] = []): Promise<Checked> {
  const result = schema['~standard'].validate(value)
  const { value: given, issues } = 'then' in result ? await result : result
  return issues ? { value, issues: issuesOf(issues, value, prefix) } : { value: given, issues: [] }
}

function notAnObject(value: unknown): Checked {
  return { value, issues: [{ type: 'model_type', loc: [], msg: 'Input should be an object' }] }
}

async function checkFields(value: unknown, fields: Fields): Promise<Checked> {
  // no body at all is no arguments
  const given = value ?? {}
  if (typeof given !== 'object' || Array.isArray(given)) {
    return notAnObject(value)
  }
  const kept: Record<string, unknown> = {}
  const issues: Issue[] = []
  for (const name of Object.keys(fields)) {
    const argument = Object.hasOwn(given, name) ? (given as Record<string, unknown>)[name] : undefined
    const result = await checkValue(argument, fields[name] as Schema, [name])
    issues.push(...result.issues)
    if (result.value !== undefined) kept[name] = result.value
  }
  return { value: kept, issues }
}
