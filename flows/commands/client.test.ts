import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defineExecutor } from '../../executors/index.ts'
import { type Command, sluice } from '../../tests/sluice.ts'
import { Flow, type RunningFlow } from '../index.ts'

const Upper = defineExecutor({
  name: 'Upper',
  requests: {
    '/index': (docs) => {
      for (const doc of docs) {
        if (doc.text === 'bad') throw new Error('will not')
        if (doc.text) doc.text = doc.text.toUpperCase()
      }
    },
    '/search': () => {},
  },
})

const folder = mkdtempSync(join(tmpdir(), 'sluice-client-'))
mkdirSync(join(folder, 'more'))
const file = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content)
file('a.ndjson', '{"text": "a"}\n\n{"text": "b", "tags": {"n": 1}}\n')
file('more/c.txt', 'c')
file('more/d.txt', 'd')
file('e.csv', 'id,text,page,code,empty\n7,"e, with a comma",12,007,\n8,"two\nlines",1.5,x,\n')
file('f.tsv', 'text\tpage\nf\t3\n')
file('g.json', '[{"text": "g"}, {"text": "h"}]')
file('i.bin', Uint8Array.of(0, 255, 1))
file('ragged.csv', 'a,b\n1,2\n3\n')
file('broken.json', '[{"text": ')
file('[odd].txt', 'odd')

// processes start slowly where others want the processor too
describe('sluice client', { timeout: 60_000 }, () => {
  let flow: RunningFlow
  beforeAll(async () => {
    flow = await new Flow({ protocol: 'http' }).add({ name: 'upper', uses: Upper }).start()
  })
  afterAll(() => flow.close())

  const client = (command: string, ...args: string[]) => {
    const [url] = flow.urls as [string]
    return sluice(['client', command, url, ...args], { cwd: folder })
  }
  const ended = async (command: Command, code = 0) => {
    command.stdin.end()
    expect(await command.ended, command.out.stderr).toBe(code)
    return command.out.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  }
  const texts = async (command: Command) => (await ended(command)).map(({ text }) => text)

  it('reads files and patterns, each file once', async () => {
    const args = ['--file', 'a.ndjson', 'more/*.txt', '**/c.txt', '[odd].txt', '--request-size', '0']
    expect(await texts(client('index', ...args))).toEqual(['A', 'B', 'C', 'D', 'ODD'])
  })

  it('reads tables: columns id, text and uri are the document’s, others are tags', async () => {
    const docs = await ended(client('search', '--file', 'e.csv', 'f.tsv', '--request-size', '0'))
    expect(docs.map(({ id, text, tags }) => [id, text, tags]).slice(0, 2)).toEqual([
      ['7', 'e, with a comma', { page: 12, code: '007' }],
      ['8', 'two\nlines', { page: 1.5, code: 'x' }],
    ])
    expect(docs[2]).toMatchObject({ text: 'f', tags: { page: 3 } })
  })

  it('reads lists of JSON, and what is no text as bytes with their place', async () => {
    const docs = await ended(client('search', '--file', 'g.json', 'i.bin', 'more/c.txt', '--request-size', '0'))
    expect(docs.slice(0, 2).map(({ text }) => text)).toEqual(['g', 'h'])
    expect(docs[2]).toMatchObject({ blob: 'AP8B', uri: 'i.bin', mime_type: 'application/octet-stream' })
    expect(docs[3]).toMatchObject({ text: 'c', uri: 'more/c.txt', mime_type: 'text/plain' })
  })

  it('reads standard input as what --format says', async () => {
    const piped = client('index', '--file', '-', '--format', 'csv')
    piped.stdin.write('text,n\nx,1\n')
    expect((await ended(piped))[0]).toMatchObject({ text: 'X', tags: { n: 1 } })
  })

  it.each([
    [['ragged.csv'], /ragged\.csv: .*line 3/],
    [['broken.json'], /broken\.json is not JSON/],
    [['none/*.txt'], /none\/\*\.txt: it matches no file/],
    [['nothing.txt'], /nothing\.txt: .*ENOENT/],
    [['more'], /more is a folder/],
  ])('says what is wrong with --file %j', async (files, message) => {
    const command = client('index', '--file', ...files)
    await ended(command, 1)
    expect(command.out.stderr).toMatch(message)
  })

  it('goes on after failed requests where it is asked to, tells them, and ends with 1', async () => {
    const command = client('index', '--text', 'a', 'bad', 'b', '--request-size', '1', '--keep-going')
    expect((await ended(command, 1)).map(({ text }) => text).sort()).toEqual(['A', 'B'])
    expect(command.out.stderr).toMatch(/will not[\s\S]*1 request failed/)
  })

  it('prints no documents where it is asked to be quiet, and a bar that comes to its end', async () => {
    const command = client('update', '--text', 'a', 'b', '--quiet', '--progress')
    expect(await ended(command)).toEqual([])
    expect(command.out.stderr).toMatch(/100% \| 2 documents \| .*\/s \| done in/)
  })

  it.each(['post', 'index', 'search', 'update', 'delete'])('%s explains itself with examples', async (name) => {
    const help = sluice(['client', name, '--help'])
    expect(await help.ended).toBe(0)
    expect(help.out.stdout).toContain('sluice client search http://localhost:8080')
  })
})
