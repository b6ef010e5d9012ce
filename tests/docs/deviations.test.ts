import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { rows as flowRows, readingRows } from '../interop/flows/rows.ts'
import { deviations } from '../interop/jina1/deviations.ts'
import { root } from '../interop/peers.ts'

/** The rows of docs/deviations.md: number, cells. */
const rows = readFileSync(resolve(root, 'docs/deviations.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| \d+ +\|/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))

describe('the list of deviations', () => {
  it('has at most twenty rows, numbered, each with its reason', () => {
    expect(rows.length).toBeLessThanOrEqual(20)
    expect(rows.map(([, number]) => Number(number))).toEqual(rows.map((_, i) => i + 1))
    for (const [, , jina, sluice, because] of rows)
      for (const cell of [jina, sluice, because]) expect(cell).not.toBe('')
  })

  it('has the rows that exempt requests of recorded flows', () => {
    const numbers = rows.map(([, number]) => Number(number))
    for (const { row } of [...flowRows, ...readingRows]) expect(numbers).toContain(row)
  })

  it('names the recorded cases that the interop tests exempt, and no others', () => {
    const named = rows.flatMap(([, number, , , , cases = '']) =>
      cases
        .split(',')
        .filter(Boolean)
        .map((name) => `${number} ${name.trim()}`),
    )
    const exempted = deviations.flatMap(({ row, cases }) => cases.map((name) => `${row} ${name}`))
    expect(named.sort()).toEqual(exempted.sort())
  })
})
