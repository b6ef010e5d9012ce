import type { FlowError } from './flow-error.ts'

/** What an executor threw, as Jina reports it. */
export interface ExceptionInfo {
  /** `error.name` */
  name: string
  /** `error.args` where it has some, else its message; all as text. */
  args: string[]
  /** Empty unless `exposeStacks`. */
  stacks: string[]
  /** Class name of the executor. */
  executor: string
}

/** How a request went. Absent from a request means success. */
export interface Status {
  /** 0 success, 1 error. */
  code: 0 | 1
  description: string
  exception?: ExceptionInfo | undefined
}

/** An error that says what Jina's Python would call it. */
interface NamedError extends Error {
  args?: readonly unknown[]
}

/**
 * The status of a request whose executor threw: `description` is `Name(arguments)` as Python would print the exception.
 */
export function statusOfThrown(error: unknown, executor: string, exposeStacks: boolean): Status {
  const thrown: NamedError = error instanceof Error ? error : Object.assign(new Error(String(error)), { name: 'Error' })
  const args = thrown.args ?? [thrown.message]
  return {
    code: 1,
    description: `${thrown.name}(${args.map(pythonRepr).join(', ')})`,
    exception: {
      name: thrown.name,
      args: args.map(pythonStr),
      stacks: exposeStacks && thrown.stack ? thrown.stack.split(/(?<=\n)/) : [],
      executor,
    },
  }
}

/** The status of a request that got no answer: how a rejection is told in-band on streams. */
export function statusOfError(error: FlowError): Status {
  const { executor = '' } = error.details
  return {
    code: 1,
    description: error.message,
    exception: { name: error.codeName, args: [error.reason], stacks: [], executor },
  }
}

function pythonStr(value: unknown): string {
  return typeof value === 'string' ? value : pythonRepr(value)
}

/** How Python prints a value in an exception: `'boom'`, `42`, `True`, `None`, `['a', 1]`. */
export function pythonRepr(value: unknown): string {
  if (typeof value === 'string') return reprString(value)
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([k, v]) => `${reprString(k)}: ${pythonRepr(v)}`)
      .join(', ')}}`
  return String(value)
}

function reprString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replaceAll(quote, `\\${quote}`)
  return quote + escaped + quote
}
