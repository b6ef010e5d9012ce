import { readFileSync } from 'node:fs'
import ts from 'typescript'

/** What the comment above an option says. */
export interface Comment {
  readonly text: string
  /** What stands after `@default`. */
  readonly byDefault?: string
}

/** An object of options as it is written: its keys, and the comments above them. */
export type Literal = ReadonlyMap<string, Comment>

/** All objects of options in these files. */
export function literalsOf(files: readonly string[]): Literal[] {
  return files.flatMap((file) => {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
    const found: Literal[] = []
    const visit = (node: ts.Node): void => {
      if (ts.isObjectLiteralExpression(node)) found.push(literalOf(node))
      ts.forEachChild(node, visit)
    }
    visit(source)
    return found
  })
}

/** The comment of `key` in the object that is most like the one with these keys. */
export function commentOf(key: string, keys: readonly string[], literals: readonly Literal[]): Comment | undefined {
  const likeness = (literal: Literal) => keys.filter((one) => literal.has(one)).length ** 2 / literal.size
  const [best] = literals.filter((literal) => literal.has(key)).toSorted((a, b) => likeness(b) - likeness(a))
  return best?.get(key)
}

function literalOf(node: ts.ObjectLiteralExpression): Literal {
  return new Map(
    node.properties.flatMap((property): [string, Comment][] => {
      const { name } = property
      return name && (ts.isIdentifier(name) || ts.isStringLiteral(name)) ? [[name.text, commentAbove(property)]] : []
    }),
  )
}

function commentAbove(node: ts.Node): Comment {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).slice(-1)
  const tag = doc?.tags?.find(({ tagName }) => tagName.text === 'default')
  const text = plain(ts.getTextOfJSDocComment(doc?.comment))
  return { text, ...(tag && { byDefault: plain(ts.getTextOfJSDocComment(tag.comment)) }) }
}

function plain(text: string | undefined): string {
  return (text ?? '').replace(/\s+/g, ' ').trim()
}
