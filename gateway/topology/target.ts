import { LRUCache } from 'lru-cache'
import { RE2JS } from 're2js'
import { FlowError, maxTargetLength } from '../../proto/index.ts'

/** Does a node's name match? */
export type Target = (name: string) => boolean

const all: Target = () => true
const compiled = new LRUCache<string, Target>({ max: 256 })

/**
 * Compiles `targetExecutor`: a regular expression that must match at the start of a name, not all of it, as Python's
 * `re.match` does. RE2's syntax, in linear time: no lookaround, no backreferences. Empty matches every name.
 *
 * @throws {FlowError} INVALID_ARGUMENT for a pattern that is too long, wrong, or not RE2's
 */
export function compileTarget(pattern: string): Target {
  if (pattern === '') return all
  const known = compiled.get(pattern)
  if (known) return known
  if (pattern.length > maxTargetLength) {
    throw new FlowError(
      'INVALID_ARGUMENT',
      `a target has at most ${maxTargetLength} characters, and this one has ${pattern.length}`,
    )
  }
  const target = compile(pattern)
  compiled.set(pattern, target)
  return target
}

function compile(pattern: string): Target {
  try {
    const regex = RE2JS.compile(pattern)
    return (name) => regex.matcher(name).lookingAt()
  } catch (error) {
    throw new FlowError(
      'INVALID_ARGUMENT',
      `"${pattern}" is no pattern of executor names: ${FlowError.from(error).reason}`,
      {
        hint: "RE2's syntax: no lookaround, no backreferences",
        cause: error,
      },
    )
  }
}
