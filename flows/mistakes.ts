import { util, type z } from 'zod'
import type { Path } from './places.ts'
import { keysOf, type Schema, schemaAt } from './schema.ts'
import { suggestion } from './spelling.ts'

/** What is wrong at a path, in words. */
export interface Mistake {
  readonly path: Path
  readonly text: string
}

type Issue = z.core.$ZodIssue

/** What the schema found, one mistake for each thing that the user must mend. `issues` must hold their inputs. */
export function mistakesOf(issues: readonly Issue[], schema: Schema, above: Path = []): Mistake[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...(issue.path as Path)]
    if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys, path, schema)
    if (issue.code === 'invalid_union') return unionMistakes(issue, path, schema)
    if (issue.code === 'invalid_value' && issue.values.length > 1) return [{ path, text: choiceText(issue) }]
    return [{ path, text: plainText(issue) }]
  })
}

function unknownKeys(keys: readonly string[], path: Path, schema: Schema): Mistake[] {
  const known = keysOf(path.reduce(schemaAt, schema))
  return keys.map((key) => ({ path: [...path, key], text: `unknown key${suggestion(key, known)}` }))
}

// told as if there were only the alternative whose type the user chose; where it is of none, all types are named
function unionMistakes(issue: z.core.$ZodIssueInvalidUnion, path: Path, schema: Schema): Mistake[] {
  const chosen = issue.errors.filter((issues) => !issues.some(isOtherType))
  if (chosen[0] && chosen.length === 1) return mistakesOf(chosen[0], schema, path)
  const types = issue.errors.flat().filter(isOtherType)
  const text = `expected ${types.map(expectation).join(' or ')}, received ${util.parsedType(issue.input)}`
  return [{ path, text: types.length > 0 ? text : issue.message }]
}

function isOtherType(issue: Issue): boolean {
  if (issue.path.length > 0) return false
  return (
    issue.code === 'invalid_type' || (issue.code === 'invalid_value' && typeof issue.input !== typeof issue.values[0])
  )
}

function expectation(issue: Issue): string {
  return issue.code === 'invalid_value' ? choices(issue) : issue.code === 'invalid_type' ? issue.expected : ''
}

function choices({ values }: z.core.$ZodIssueInvalidValue): string {
  return `one of ${values.map((value) => `"${String(value)}"`).join(', ')}`
}

function choiceText(issue: z.core.$ZodIssueInvalidValue): string {
  const near = typeof issue.input === 'string' ? suggestion(issue.input, issue.values.map(String)) : ''
  return `expected ${choices(issue)}, received ${JSON.stringify(issue.input)}${near}`
}

// zod speaks of types where a key is not there at all
function plainText({ message }: Issue): string {
  return / received undefined$/.test(message) ? 'is missing' : message.replace(/^Invalid input: /, '')
}
