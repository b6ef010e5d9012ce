import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { sluice } from '../../tests/sluice.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-check-'))
const executors = fileURLToPath(new URL('../../tests/interop/jina1/executors.ts', import.meta.url))
const split = fileURLToPath(new URL('../../examples/search/split.ts', import.meta.url))

async function check(text: string, ...args: string[]) {
  const file = join(folder, 'flow.yml')
  writeFileSync(file, text)
  const command = sluice(['check', file, ...args])
  return { code: await command.ended, ...command.out }
}

const upper = `  - {name: upper, uses: "${executors}#Upper"}\n`

// processes start slowly where others want the processor too
describe('sluice check', { timeout: 60_000 }, () => {
  it('passes a flow, and sends a document through where it is told the endpoint', async () => {
    const { code, stdout } = await check(`jtype: Flow\nexecutors:\n${upper}`, '--on', '/index', '--text', 'a')
    expect(stdout).toMatch(
      /ok +file and graph[\s\S]*ok +executors[\s\S]*ok +a document.*\/index went through upper: 1 document/,
    )
    expect(code).toBe(0)
  })

  it('leaves the ports and the Redis of the flow alone', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
    const { port } = server.address() as { port: number }
    const text = `jtype: Flow\nwith: {port: ${port}, transport: redis, redis: "redis://localhost:1"}\nexecutors:\n${upper}`
    const { code, stderr } = await check(text)
    server.close()
    expect([code, stderr]).toEqual([0, ''])
  })

  it.each([
    [
      'what the file says wrong',
      'jtype: Flow\nexecutors:\n  - {nam: a}\n',
      [],
      /FAIL +file and graph .*flow\.yml:3:6 .*unknown key/,
    ],
    [
      'a need that is nobody',
      'jtype: Flow\nexecutors:\n  - {name: a, needs: b}\n',
      [],
      /FAIL +file and graph .*needs.*"b"/,
    ],
    [
      'an executor that is not there',
      'jtype: Flow\nexecutors:\n  - {uses: ./none.ts}\n',
      [],
      /FAIL +executors .*none\.ts/,
    ],
    [
      'an executor that fails',
      `jtype: Flow\nexecutors:\n${upper}`,
      ['--on', '/fail_early'],
      /FAIL +a document .*early/,
    ],
    [
      'an endpoint that nobody serves',
      `jtype: Flow\nexecutors:\n  - {name: split, uses: "${split}"}\n`,
      ['--on', '/nobody'],
      /FAIL +a document .*no executor serves \/nobody/,
    ],
    [
      'somebody elsewhere who does not answer',
      'jtype: Flow\nexecutors:\n  - {name: away, external: true, port: 1}\n',
      [],
      /FAIL +a document .*away/,
    ],
  ])('tells %s, and ends with 1', async (_, text, args, message) => {
    const { code, stdout, stderr } = await check(text, ...args)
    expect(stdout).toMatch(message)
    expect(stdout + stderr).not.toContain('    at ')
    expect(code).toBe(1)
  })

  it('tells it as JSON', async () => {
    const { code, stdout } = await check('jtype: Flow\nexecutors:\n  - {uses: ./none.ts}\n', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      steps: [
        { step: 'file', ok: true },
        { step: 'executors', ok: false },
      ],
    })
    expect(code).toBe(1)
  })
})
