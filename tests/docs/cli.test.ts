import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { freePorts, root } from '../interop/peers.ts'
import { type Command, command } from '../sluice.ts'
import { blocksOf } from './blocks.ts'

// The commands of docs/cli.md, one after the other, in the project that the first of them makes.

const lines = blocksOf('docs/cli.md').flatMap(({ text }) => text.trim().split('\n'))

// beside node_modules, so that packages are found
mkdirSync(join(root, '.cache'), { recursive: true })
const folder = mkdtempSync(join(root, '.cache/cli-'))
const project = join(folder, 'words')
const cli = `${process.execPath} --import ${import.meta.resolve('tsx')} ${resolve(root, 'flows/cli.ts')}`

describe('the command line as its page tells it', { timeout: 90_000 }, () => {
  let port: number
  let serving: Command | undefined
  afterAll(async () => {
    serving?.kill('SIGTERM')
    expect(await serving?.ended, serving?.out.stderr).toBe(0)
  })

  it.each(lines)('%s', async (line) => {
    port ??= await freePorts(1)
    const made = existsSync(project)
    const text = line.replaceAll('npx sluice', cli).replaceAll('8080', String(port))
    const serves = line.includes('sluice flow')
    // packages as npm install would bring them
    const env = { TSX_TSCONFIG_PATH: resolve(root, 'tsconfig.json') }
    const running = command(['bash', '-c', serves ? `exec ${text}` : text], { cwd: made ? project : folder, env })
    if (!/\| npx/.test(line)) running.stdin.end()
    if (serves) {
      serving = running
      await running.until(/READY/)
      return
    }
    expect(await running.ended, running.out.stderr).toBe(0)
    if (!made) {
      const file = join(project, 'flow.yml')
      writeFileSync(file, readFileSync(file, 'utf8').replace('8080', String(port)))
    }
  })

  it('leaves the files that it says', () => {
    const read = (name: string) => readFileSync(join(project, name), 'utf8')
    const answers = read('answers.ndjson').trim().split('\n')
    expect(answers.map((answer) => JSON.parse(answer).tags)).toEqual(Array(2).fill({ words: 1, length: 'short' }))
    expect(read('flow.svg')).toContain('>judge<')
    expect(JSON.parse(read('flow.schema.json')).properties.executors.type).toBe('array')
    expect(read('docker-compose.yml')).toContain('build: ./')
  })
})
