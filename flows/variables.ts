import { isScalar, type Node, parse, Scalar } from 'yaml'

/** Environment variables as Jina's YAML writes them: `${{ ENV.X }}`, `${X}`, `$X`. */
const VARIABLE = /\$\{\{\s*(?:ENV|env)\.(\w+)\s*\}\}|\$\{(\w+)\}|\$(\w+)/g

/**
 * Puts variables' values into a scalar. A plain scalar is read again afterwards, so a number in a variable is a number;
 * a quoted one stays a string.
 * @returns names that are not set
 */
export function substitute(node: Node, env: Readonly<Record<string, string | undefined>>): string[] {
  if (!isScalar(node) || typeof node.value !== 'string' || !node.value.includes('$')) return []
  const unset: string[] = []
  const text = node.value.replaceAll(VARIABLE, (whole: string, a?: string, b?: string, c?: string) => {
    const name = a ?? b ?? c ?? ''
    const value = env[name]
    if (value === undefined) unset.push(name)
    return value ?? whole
  })
  if (unset.length === 0) node.value = node.type === Scalar.PLAIN ? reread(text) : text
  return unset
}

function reread(text: string): unknown {
  const value: unknown = parse(text)
  return typeof value === 'object' && value !== null ? text : value
}
