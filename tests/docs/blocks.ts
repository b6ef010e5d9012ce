import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { root } from '../interop/peers.ts'

/** A fenced block of a page. */
export interface Block {
  readonly page: string
  readonly line: number
  readonly language: string
  readonly text: string
}

/** The fenced blocks of a Markdown page of the repository. */
export function blocksOf(page: string): Block[] {
  const markdown = readFileSync(resolve(root, page), 'utf8')
  return [...markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(({ index, 1: language = '', 2: text = '' }) => ({
    page,
    line: markdown.slice(0, index).split('\n').length,
    language,
    text,
  }))
}

/** What the comments beside `console.log` say will be printed. */
export function promisedOutput(text: string): string[] {
  const comments = [...text.matchAll(/console\.(?:log|error)\(.*\) \/\/ (.*)$/gm)].map(([, comment = '']) => comment)
  return comments.flatMap((comment) =>
    comment.endsWith('in some order') ? (comment.match(/\d+/g) ?? []) : comment.split(', then '),
  )
}
