import { Code, type CodeName } from './code.ts'
import { FlowError, messageOf } from './flow-error.ts'
import { maxDepth } from './limits.ts'

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
  const thrown: NamedError = error instanceof Error ? error : new Error(messageOf(error))
  const args = Array.isArray(thrown.args) ? thrown.args : [thrown.message]
  const name = String(thrown.name)
  return {
    code: 1,
    description: `${name}(${args.map((arg) => pythonRepr(arg)).join(', ')})`,
    exception: {
      name,
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

/** The error that an answer's status stands for. What is no code of ours was thrown by an executor: UNKNOWN. */
export function errorOfStatus({ description, exception }: Status): FlowError {
  const name = exception?.name ?? ''
  const code = Object.hasOwn(Code, name) ? (name as CodeName) : 'UNKNOWN'
  return new FlowError(code, description || name, { executor: exception?.executor || undefined })
}

function pythonStr(value: unknown): string {
  return typeof value === 'string' ? value : pythonRepr(value)
}

/** How Python prints a value in an exception: `'boom'`, `42`, `True`, `None`, `['a', 1]`. */
export function pythonRepr(value: unknown, owners: readonly unknown[] = []): string {
  if (typeof value === 'string') return reprString(value)
  if (typeof value === 'number') return reprNumber(value)
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (value instanceof Error) return `${value.name}(${pythonRepr(value.message)})`
  if (typeof value !== 'object') return String(value)
  const inner = (item: unknown) => pythonRepr(item, [...owners, value])
  const round = owners.includes(value) || owners.length > maxDepth
  if (Array.isArray(value)) return round ? '[...]' : `[${value.map(inner).join(', ')}]`
  if (round) return '{...}'
  const entries = Object.entries(value).map(([key, item]) => `${reprString(key)}: ${inner(item)}`)
  return `{${entries.join(', ')}}`
}

// Python writes exponents of two digits, and from 0.0001 down
function reprNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  const text = value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential() : String(value)
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}

const escapes: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function reprString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  // what is no letter, mark, number, punctuation, symbol or the space is not printed
  const escaped = text
    .replace(/[\\\p{C}\p{Z}]/gu, (character) =>
      character === ' ' ? character : (escapes[character] ?? escapeOf(character.codePointAt(0) as number)),
    )
    .replaceAll(quote, `\\${quote}`)
  return quote + escaped + quote
}

function escapeOf(code: number): string {
  const hex = code.toString(16)
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
