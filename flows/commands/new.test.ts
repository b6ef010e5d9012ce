import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { freePorts, root } from '../../tests/interop/peers.ts'
import { type Command, command, sluice } from '../../tests/sluice.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-new-'))
const project = join(folder, 'words')

/** Puts the package, compiled as it is published, where `npm install` would. */
function link(): void {
  const [modules, from] = [join(project, 'node_modules'), join(root, 'node_modules')]
  const own = join(modules, 'sluice')
  mkdirSync(join(own, 'node_modules'), { recursive: true })
  const tsc = join(from, 'typescript/bin/tsc')
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', join(own, 'dist')], { cwd: root })
  cpSync(join(root, 'proto/gen'), join(own, 'dist/proto/gen'), { recursive: true })
  for (const file of readdirSync(join(root, 'proto')).filter((name) => name.endsWith('.proto')))
    cpSync(join(root, 'proto', file), join(own, 'dist/proto', file))
  cpSync(join(root, 'package.json'), join(own, 'package.json'))
  cpSync(join(root, 'templates'), join(own, 'templates'), { recursive: true })
  for (const name of readdirSync(from)) if (!name.startsWith('.')) symlinkSync(join(from, name), join(modules, name))
}

const node = (...args: string[]) => command([process.execPath, ...args], { cwd: project })
const cli = 'node_modules/sluice/dist/flows/cli.js'

async function endedWell(command: Command): Promise<string> {
  expect(await command.ended, command.out.stderr + command.out.stdout).toBe(0)
  return command.out.stdout
}

describe('sluice new', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    const text = await endedWell(sluice(['new', 'words'], { cwd: folder }))
    expect(text).toMatch(/Made words with .*executors\.ts, flow\.test\.ts, flow\.yml[\s\S]*npm install/)
    link()
  }, 180_000)

  it('makes a project with the name of its folder, which wants this version', () => {
    const { name, dependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect([name, dependencies.sluice]).toEqual(['words', `^${version}`])
    expect(readdirSync(project)).toEqual(expect.arrayContaining(['.gitignore', 'README.md', 'Dockerfile']))
    expect(readFileSync(join(project, 'README.md'), 'utf8')).toContain('# words')
  })

  it('makes one whose types and test are right', async () => {
    await endedWell(node('node_modules/typescript/bin/tsc'))
    const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
    expect(await endedWell(node(...scripts.test.split(' ').slice(1)))).toMatch(/pass 1/)
  })

  it('makes one whose flow passes its check, and answers its client', async () => {
    expect(await endedWell(node(cli, 'check', 'flow.yml', '--on', '/count'))).toMatch(/count, judge: 1 document back/)
    const port = await freePorts(1)
    const file = readFileSync(join(project, 'flow.yml'), 'utf8').replace('8080', String(port))
    const flow = node('--input-type=module', '-e', serving(file))
    await flow.until(/READY/)
    const asked = command([process.execPath, '--import', 'tsx', 'client.ts'], {
      cwd: project,
      env: { FLOW: `http://localhost:${port}` },
    })
    expect(await endedWell(asked)).toBe('Call me Ishmael.: 3 words, short\n')
    flow.kill('SIGTERM')
    await endedWell(flow)
  })

  it('makes one that makes its containers', async () => {
    expect(await endedWell(node(cli, 'export', 'docker-compose', 'flow.yml'))).toContain('build: ./')
  })

  it('leaves a folder alone that is not empty, and refuses a name that is none', async () => {
    const again = sluice(['new', 'words'], { cwd: folder })
    expect(await again.ended).toBe(1)
    expect(again.out.stderr).toMatch(/words is not empty/)
    const odd = sluice(['new', 'Odd Name'], { cwd: folder })
    expect(await odd.ended).toBe(1)
    expect(odd.out.stderr).toMatch(/is no name of a package/)
    expect(readdirSync(folder)).toEqual(['words'])
  })

  it('tells as JSON what it made', async () => {
    const text = await endedWell(sluice(['new', 'other', '--name', 'mine', '--json'], { cwd: folder }))
    expect(JSON.parse(text)).toMatchObject({ name: 'mine', files: expect.arrayContaining(['flow.yml']) })
  })
})

/** A program that serves the flow of this text, from the project's folder. */
function serving(text: string): string {
  return `import { parseFlow } from 'sluice'
const running = await parseFlow(${JSON.stringify(text)}, 'flow.yml').start()
const stopped = running.block()
console.log('READY')
await stopped
process.exit(0)`
}
