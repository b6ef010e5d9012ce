import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Document, FlowError, silent } from '../proto/index.ts'
import { loadFlow } from './load.ts'

const folder = fileURLToPath(new URL('./fixtures/', import.meta.url))
const env = { STAGE: 'dev', TIMEOUT: '5000' }
const filesOf = (kind: string) => readdirSync(`${folder}${kind}`).filter((file) => file.endsWith('.yml'))

describe('a valid flow', () => {
  it.each(filesOf('valid'))('starts and answers as its first line says: %s', async (file) => {
    const path = `${folder}valid/${file}`
    const [first = ''] = readFileSync(path, 'utf8').split('\n')
    const options = { host: '127.0.0.1', logger: silent }
    const flow = await loadFlow(path, env, { context: { mark: '!' }, options })
    await using running = await flow.start()
    const docs = await running.post('/x', new Document('hello/'))
    expect(docs.texts[0]).toBe(first.replace('# ', ''))
  })
})

describe('an invalid flow', () => {
  it.each(filesOf('invalid'))('is refused with all its mistakes, each with its place: %s', async (file) => {
    process.chdir(folder)
    const error = await loadFlow(`invalid/${file}`, {}, { options: { logger: silent } }).then(
      () => new FlowError('UNKNOWN', 'it was not refused'),
      (thrown: FlowError) => thrown,
    )
    const expected = `${folder}invalid/${file.replace(/\.yml$/, '.txt')}`
    expect(error.codeName).toBe('INVALID_ARGUMENT')
    expect(`${error.reason}\n`).toBe(existsSync(expected) ? readFileSync(expected, 'utf8') : '')
  })
})
