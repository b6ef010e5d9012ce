import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseFlow } from '../../flows/index.ts'
import { root } from '../interop/peers.ts'
import { blocksOf, promisedOutput } from './blocks.ts'
import { type Demo, startDemo } from './demo.ts'

const run = promisify(execFile)
const pages = ['README.md', 'CONTRIBUTING.md', ...readdirSync(resolve(root, 'docs')).map((name) => `docs/${name}`)]
const blocks = pages.flatMap(blocksOf)

describe('TypeScript on a page', () => {
  // beside node_modules, so that packages are found
  const folder = resolve(root, '.cache/docs')
  mkdirSync(folder, { recursive: true })

  it.each(blocks.filter(({ language }) => language === 'ts'))(
    'runs and prints what it says: $page:$line',
    async ({ page, line, text }) => {
      const file = resolve(folder, `${page.replaceAll(/\W/g, '-')}-${line}.ts`)
      writeFileSync(file, text)
      const env = { ...process.env, TSX_TSCONFIG_PATH: resolve(root, 'tsconfig.json') }
      const { stdout, stderr } = await run(process.execPath, ['--import', import.meta.resolve('tsx'), file], {
        cwd: folder,
        env,
      })
      const printed = `${stdout}${stderr}`.split('\n')
      for (const line of promisedOutput(text)) expect(printed).toContain(line)
    },
  )
})

it.each(blocks.filter(({ language }) => language === 'yaml'))(
  'YAML on a page is a flow: $page:$line',
  ({ page, text }) => {
    expect(() => parseFlow(text, page)).not.toThrow()
  },
)

it.each(pages)('every file that %s names is there', (page) => {
  const text = readFileSync(resolve(root, page), 'utf8')
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path = '']) =>
    resolve(root, dirname(page), path),
  )
  const paths = [
    ...text.matchAll(/`((?:proto|executors|gateway|client|flows|tests|bench|docs|examples)\/[\w./-]*)`/g),
  ].map(([, path = '']) => resolve(root, path))
  const places = paths.filter((path) => !/\/x(\.ts|\/)?|dial,listen/.test(path))
  for (const path of [...links, ...places]) expect(existsSync(path), path).toBe(true)
})

describe('the demo of npm start', () => {
  let demo: Demo
  beforeAll(async () => {
    demo = await startDemo('18080', '15051')
  }, 120_000)
  afterAll(async () => {
    expect(await demo.stop()).toBe(0)
  })

  const commands = blocksOf('README.md').filter(
    ({ language, text }) => language === 'bash' && /localhost:(8080|50051)/.test(text) && !/npm start/.test(text),
  )

  it.each(commands)('answers the command at README.md:$line', async ({ text }) => {
    const { stdout } = await run('bash', ['-c', demo.adapt(text)], { cwd: root })
    expect(stdout).toContain('The Whiteness of The Whale')
  })

  it('ranks matches, at most parameters.limit', async () => {
    const search = async (text: string, limit: number) => {
      const body = JSON.stringify({ data: [{ text }], parameters: { limit } })
      const response = await fetch(`http://localhost:${demo.http}/search`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      })
      const { data } = (await response.json()) as {
        data: { matches: { text: string; scores: { cosine: { value: number } } }[] }[]
      }
      return data[0]?.matches ?? []
    }
    const matches = await search('Queequeg sold shrunken heads', 7)
    expect(matches).toHaveLength(7)
    const scores = matches.map(({ scores }) => scores.cosine.value)
    expect(scores).toEqual(scores.toSorted((a, b) => b - a))
    const found = await search('call me Ishmael', 3)
    expect(found.some(({ text }) => text.startsWith('Call me Ishmael.'))).toBe(true)
  })

  it.each(['/', '/docs'])('shows the page %s offline', async (path) => {
    const headers = { accept: 'text/html' }
    const response = await fetch(`http://localhost:${demo.http}${path}`, { headers })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')])
    const page = await response.text()
    const found = page.matchAll(/(?:src|href)="([^"]+)"|(?:^|\n)import .* from '\.([^']+)'/g)
    for (const [, attribute, imported] of found) {
      const path = attribute ?? imported ?? ''
      if (path.startsWith('data:')) continue
      expect(path).toMatch(/^\//)
      expect((await fetch(`http://localhost:${demo.http}${path}`, { headers })).status, path).toBe(200)
    }
  })

  it('describes its routes', async () => {
    const description = (await (await fetch(`http://localhost:${demo.http}/openapi.json`)).json()) as {
      openapi: string
      paths: object
    }
    expect(description.openapi).toBe('3.1.0')
    expect(Object.keys(description.paths)).toEqual(
      expect.arrayContaining([
        '/',
        '/post',
        '/index',
        '/search',
        '/update',
        '/delete',
        '/status',
        '/dry_run',
        '/graphql',
      ]),
    )
  })
})
