import { isScalar, type Node, parseDocument, Scalar } from 'yaml'

/** Values of environment variables, such as `process.env`. */
export type Env = Readonly<Record<string, string | undefined>>

/** Environment variables as Jina's YAML writes them: `${{ ENV.X }}`, `${X}`, `$X`. */
const VARIABLE = /\$\{\{\s*(?:ENV|env)\.(\w+)\s*\}\}|\$\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)/g

/**
 * Puts variables' values into a scalar. A plain scalar is read again afterwards, so a number in a variable is a number;
 * a quoted one stays a string.
 * @returns names that are not set
 */
export function substitute(node: Node, env: Env): string[] {
  if (!isScalar(node) || typeof node.value !== 'string' || !node.value.includes('$')) return []
  const unset: string[] = []
  const text = node.value.replaceAll(VARIABLE, (whole: string, a?: string, b?: string, c?: string) => {
    const name = a ?? b ?? c ?? ''
    const value = Object.hasOwn(env, name) ? env[name] : undefined
    if (value === undefined) unset.push(name)
    return value ?? whole
  })
  if (unset.length === 0 && text !== node.value) node.value = node.type === Scalar.PLAIN ? readPlain(text) : text
  return unset
}

// a variable gives a value, never structure: what is not one plain scalar, such as `[1` or `#fff`, is a string
function readPlain(text: string): unknown {
  const { contents, errors } = parseDocument(text)
  const plain = errors.length === 0 && isScalar(contents) && contents.type === Scalar.PLAIN && contents.source === text
  return plain ? contents.value : text
}
