import { isScalar, type Node, parseDocument, Scalar } from 'yaml'

/** Values of environment variables, such as `process.env`. */
export type Env = Readonly<Record<string, string | undefined>>

/** What stands for something else in a flow's text. */
export interface Variables {
  /** `$X`, `${X}`, `${{ ENV.X }}` */
  readonly env?: Env | undefined
  /** `${{ CONTEXT.X }}`, `${{ X }}` */
  readonly context?: Readonly<Record<string, unknown>> | undefined
}

// As Jina's YAML writes them. Groups: environment (three spellings), context (two).
const VARIABLE =
  /\$\{\{\s*(?:ENV|env)\.(\w+)\s*\}\}|\$\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)|\$\{\{\s*(?:CONTEXT|context)\.(\w+)\s*\}\}|\$\{\{\s(\w+)\s\}\}/g

/** `${{this.key}}` and `${{root.a.b[0]}}`, without spaces as in Jina. */
const REFERENCE = /\$\{\{((?:this|root)[.[][^}\s]*)\}\}/g

/**
 * Puts variables' values into a scalar. A plain scalar is read again afterwards, so a number in a variable is a number;
 * a quoted one stays a string.
 * @returns what is not there, in words
 */
export function substitute(node: Node, { env = {}, context = {} }: Variables): string[] {
  return replace(node, VARIABLE, (a, b, c, d, e) => {
    const ofEnv = a ?? b ?? c
    const name = ofEnv ?? d ?? e ?? ''
    const from: Readonly<Record<string, unknown>> = ofEnv === undefined ? context : env
    const value = Object.hasOwn(from, name) ? from[name] : undefined
    return value ?? { missing: `the variable ${name} is not ${ofEnv === undefined ? 'in the context' : 'set'}` }
  })
}

/**
 * Puts in what a scalar refers to in the same text.
 * @param find - the value at a path such as `root.executors[0].name`, or undefined
 * @returns what is not there, in words
 */
export function dereference(node: Node, find: (path: string) => unknown): string[] {
  return replace(node, REFERENCE, (path = '') => {
    const value = find(path)
    if (value === undefined || value === null) return { missing: `there is no ${path}` }
    return typeof value === 'object' ? { missing: `${path} is no single value` } : value
  })
}

type Found = (...groups: (string | undefined)[]) => unknown

function replace(node: Node, pattern: RegExp, found: Found): string[] {
  if (!isScalar(node) || typeof node.value !== 'string' || !node.value.includes('$')) return []
  const missing: string[] = []
  const text = node.value.replaceAll(pattern, (whole: string, ...rest) => {
    const value = found(...(rest as string[]))
    if (typeof value !== 'object') return String(value)
    missing.push((value as { missing: string }).missing)
    return whole
  })
  if (missing.length === 0 && text !== node.value) node.value = node.type === Scalar.PLAIN ? readPlain(text) : text
  return missing
}

// a variable gives a value, never structure: what is not one plain scalar, such as `[1` or `#fff`, is a string
function readPlain(text: string): unknown {
  const { contents, errors } = parseDocument(text)
  const plain = errors.length === 0 && isScalar(contents) && contents.type === Scalar.PLAIN && contents.source === text
  return plain ? contents.value : text
}
