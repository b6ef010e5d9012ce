import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases'
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth'
import { type DocumentNode, GraphQLError, Lexer, Source, TokenKind, type ValidationContext } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import { maxDepth } from '../../../proto/index.ts'
import { badRequest } from './status.ts'

// What one small request could make the gateway do for a long time is refused before it is done. The size of a body is `maxMessageBytes`.

/** Fields in fields. Chunks of chunks of chunks with their scores are 6; GraphiQL's introspection, which is not counted, is 13. */
const maxQueryDepth = 20

/** Aliases. Each alias of `docs` is a request of its own to the flow, all of them at once. */
const maxAliases = 15

/** Tokens of a query's text, so that documents may be written into it (ten tokens each, or one a number); variables are none. */
const maxTokens = 10_000

/** Of those, the ones outside of arguments. GraphiQL's introspection has 250; validation compares every two fields of one name. */
const maxSelectionTokens = 1_000

/** Brackets in brackets, in the text and in variables: chunks nested as deep as documents may be, two brackets each, and tags in the last. */
const maxNesting = 3 * maxDepth + 10

/** Characters of queries that are kept parsed. Queries with documents written into them are mostly seen once. */
const maxCachedCharacters = 4_000_000

export function documentCache(): LRUCache<string, DocumentNode> {
  return new LRUCache({
    maxSize: maxCachedCharacters,
    sizeCalculation: (_document, text) => Math.max(1, text.length),
  })
}

/** The limits as plugins, first those that are cheapest to check. */
export function limits(): Plugin[] {
  return [
    {
      onParams({ params }) {
        checkNesting(params.variables)
      },
      onParse({ parseFn, setParseFn }) {
        setParseFn((source: string | Source, options: object) => {
          checkText(source)
          return parseFn(source, options)
        })
      },
    },
    maxDepthPlugin({ n: maxQueryDepth, flattenFragments: true, ...reporting }),
    maxAliasesPlugin({ n: maxAliases, ...reporting }),
  ]
}

// as mistakes of the query, beside others; thrown they would count as accidents
const reporting = {
  propagateOnRejection: false,
  onReject: [(context: ValidationContext | null, error: GraphQLError) => context?.reportError(error)],
}

/** One pass over the tokens: parsing and validating them costs more, some of it by recursion. */
function checkText(text: string | Source): void {
  const lexer = new Lexer(typeof text === 'string' ? new Source(text) : text)
  let tokens = 0
  let selectionTokens = 0
  let nesting = 0
  let parentheses = 0
  for (let { kind } = lexer.advance(); kind !== TokenKind.EOF; { kind } = lexer.advance()) {
    tokens++
    if (OPENING.has(kind)) nesting++
    else if (CLOSING.has(kind)) nesting--
    if (kind === TokenKind.PAREN_L) parentheses++
    else if (kind === TokenKind.PAREN_R) parentheses--
    if (parentheses === 0) selectionTokens++
    if (tokens > maxTokens) throw tooMuch(`more than ${maxTokens} tokens`, 'Send documents as variables')
    if (selectionTokens > maxSelectionTokens)
      throw tooMuch(`more than ${maxSelectionTokens} tokens outside of arguments`)
    if (nesting > maxNesting) throw tooMuch(`brackets nested deeper than ${maxNesting}`)
  }
}

/** Layer by layer: recursion is what deep nesting is to be kept from. */
function checkNesting(variables: unknown): void {
  let layer = [variables].filter(isObject)
  for (let depth = 1; layer.length > 0; depth++) {
    if (depth > maxNesting) throw badRequest(`variables are nested deeper than ${maxNesting} levels`)
    const next: object[] = []
    for (const object of layer) for (const value of Object.values(object)) if (isObject(value)) next.push(value)
    layer = next
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function tooMuch(what: string, hint?: string): GraphQLError {
  return new GraphQLError(`the query has ${what}${hint ? `. ${hint}` : ''}`)
}

const OPENING: ReadonlySet<string> = new Set([TokenKind.PAREN_L, TokenKind.BRACKET_L, TokenKind.BRACE_L])
const CLOSING: ReadonlySet<string> = new Set([TokenKind.PAREN_R, TokenKind.BRACKET_R, TokenKind.BRACE_R])
