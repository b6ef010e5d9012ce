import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { sluice } from '../tests/sluice.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'))

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const executorFile = fileURLToPath(new URL('../tests/interop/jina1/executors.ts', import.meta.url))

// processes start slowly where others want the processor too
describe('sluice', { timeout: 60_000 }, () => {
  it('starts a flow from a file, posts to it, and stops on Ctrl-C', { timeout: 60_000 }, async () => {
    const yml = `jtype: Flow\nwith: {protocol: http, port: 0}\nexecutors:\n  - name: upper\n    uses: ${executorFile}#Upper\n`
    const flow = sluice(['flow', file('flow.yml', yml)])
    const [, url = ''] = await flow.until(/(http:\/\/\S+)\nREADY/)

    const text = sluice(['client', 'index', url, '--text', 'hello', 'world'])
    expect(await text.ended).toBe(0)
    expect(
      text.out.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).text),
    ).toEqual(['HELLO', 'WORLD'])

    const piped = sluice(['client', 'post', url, '/index', '--file', '-'])
    piped.stdin.end('{"text": "a"}\n{"text": "b", "embedding": [1.0, 2.0]}\n')
    expect(await piped.ended).toBe(0)
    expect(piped.out.stdout).toContain('"embedding":[1.0,2.0]')

    const failing = sluice(['client', 'post', url, '/fail_early', '--text', 'x'])
    expect(await failing.ended).toBe(1)
    expect(failing.out.stderr).toContain("RuntimeError('early', 42)")

    flow.kill('SIGINT')
    expect(await flow.ended).toBe(0)
  })

  it('tells all mistakes of a file, and no stack', async () => {
    const broken = sluice(['flow', file('broken.yml', 'jtype: Flow\nwith:\n  prot: 5\nexecutors:\n  - neds: a\n')])
    expect(await broken.ended).toBe(1)
    expect(broken.out.stderr).toMatch(/broken\.yml:3:3 with\.prot: unknown key/)
    expect(broken.out.stderr).toMatch(/broken\.yml:5:5 executors\[0\]\.neds: unknown key \(did you mean "needs"\?\)/)
    expect(broken.out.stderr).not.toContain('    at ')
  })

  it('tells what is wrong with an input line', async () => {
    const client = sluice([
      'client',
      'index',
      'http://localhost:1',
      '--file',
      file('bad.ndjson', '{"text": "a"}\n{oops\n'),
    ])
    expect(await client.ended).toBe(1)
    expect(client.out.stderr).toMatch(/bad\.ndjson:2 is no document: not JSON/)
  })

  it('explains itself with examples', async () => {
    const help = sluice(['client', 'post', '--help'])
    expect(await help.ended).toBe(0)
    expect(help.out.stdout).toContain('sluice client search http://localhost:8080')
  })
})
