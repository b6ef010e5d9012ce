import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Ajv } from 'ajv'
import { globSync } from 'tinyglobby'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { generate } from '../../scripts/reference/generate.ts'
import { root } from '../interop/peers.ts'
import { blocksOf } from './blocks.ts'

const generated = generate()

it.each([...generated.keys()])('%s is what `npm run reference` makes of the options', (file) => {
  expect(readFileSync(resolve(root, file), 'utf8') === generated.get(file), 'run npm run reference').toBe(true)
})

it('says of every option what it means or what it may be', () => {
  const rows = (generated.get('docs/reference.md') as string).split('\n').filter((line) => line.startsWith('| `'))
  expect(rows.length).toBeGreaterThan(60)
  for (const row of rows) expect(row.split(' | ')[1], row).not.toBe('')
  expect(rows.find((row) => row.startsWith('| `timeout_ms`'))).toMatch(/What a request may take/)
})

describe('the schema for editors', () => {
  const check = new Ajv({ strict: false }).compile(
    JSON.parse(generated.get('flows/exports/flow.schema.json') as string),
  )
  const examples = globSync('examples/*/flow.yml', { cwd: root, absolute: true }).map((file) =>
    readFileSync(file, 'utf8'),
  )
  const pages = ['README.md', ...globSync('docs/*.md', { cwd: root })]
  const blocks = pages.flatMap(blocksOf).filter(({ language }) => language === 'yaml')

  it('accepts the flows of the examples and the pages', () => {
    expect(examples.length + blocks.length).toBeGreaterThan(5)
    for (const text of [...examples, ...blocks.map(({ text }) => text)]) {
      expect(check(parse(text, { merge: true, logLevel: 'error' })), `${JSON.stringify(check.errors)}\n${text}`).toBe(
        true,
      )
    }
  })

  it.each([
    ['an unknown key', 'jtype: Flow\nwith: {prot: 8080}'],
    ['a value of another type', 'jtype: Flow\nwith: {port: web}'],
    ['a word that is none of its choices', 'jtype: Flow\nwith: {protocol: smtp}'],
    ['what is too small', 'jtype: Flow\nexecutors: [{concurrency: 0}]'],
  ])('refuses %s', (_, text) => {
    expect(check(parse(text))).toBe(false)
  })

  it('takes both spellings, and variables where a value is no text', () => {
    const text =
      'jtype: Flow\nwith: {timeout_ms: $T, graceMs: 5, port: [$A, 0]}\nexecutors: [{uses_with: {a: 1}, maxQueued: 3}]'
    expect(check(parse(text)), JSON.stringify(check.errors)).toBe(true)
  })
})
