import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../interop/peers.ts'
import { command } from '../sluice.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-npm-'))
writeFileSync(join(folder, 'flow.yml'), 'jtype: Flow\nwith: {protocol: http, port: 0}\nexecutors: [{name: a}]\n')
const serve = `node --import ${import.meta.resolve('tsx')} ${root}/flows/cli.ts flow flow.yml`
writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'x', scripts: { start: serve } }))

it('a flow that npm started ends when npm is told to end', { timeout: 60_000 }, async () => {
  const npm = command(['npm', 'start'], { cwd: folder })
  await npm.until(/READY/)
  npm.kill('SIGTERM')
  await expect.poll(() => npm.gone, { timeout: 20_000 }).toBe(true)
  expect(npm.out.stdout).toContain('a has stopped')
})
