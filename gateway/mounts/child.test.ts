import { execPath } from 'node:process'
import { afterEach, describe, expect, it } from 'vitest'
import { silent } from '../../proto/index.ts'
import { root } from '../../tests/interop/peers.ts'
import { command } from '../../tests/sluice.ts'
import { Child } from './child.ts'
import type { CommandApp } from './mount.ts'

/** A program that serves, and does what it is asked to. */
const PROGRAM = `
let well = true
require('node:http').createServer((request, response) => {
  if (request.url === '/ill') well = false
  if (request.url === '/exit') process.exit(7)
  if (request.url === '/health') response.statusCode = well ? 204 : 500
  const { SLUICE_URL, ROOT_PATH, MINE } = process.env
  response.end(JSON.stringify({ pid: process.pid, args: process.argv.slice(1), SLUICE_URL, ROOT_PATH, MINE }))
}).listen(process.env.PORT, '127.0.0.1')
`

let child: Child | undefined
afterEach(() => child?.stop())

const start = async (app: Partial<CommandApp> = {}, program = PROGRAM) => {
  child = new Child({ command: [execPath, '-e', program, '{port}', '{path}'], ...app }, '/v1', silent)
  await child.start('http://gateway')
  return child
}

const ask = async (path = '/') => (await fetch(new URL(path, child?.target))).json()

/** The process id, once it is another than before. */
const another = (pid: number) =>
  expect.poll(
    () =>
      ask()
        .then((told) => (told.pid === pid ? 'the same' : 'another'))
        .catch(() => 'none'),
    { timeout: 15_000 },
  )

describe('a program that is mounted', () => {
  it('is told where it is mounted, where it listens and where the gateway is', async () => {
    const { target } = await start({ env: { MINE: 'yes' } })
    expect(await ask()).toMatchObject({
      args: [target.port, '/v1'],
      SLUICE_URL: 'http://gateway',
      ROOT_PATH: '/v1',
      MINE: 'yes',
    })
  })

  it('is started again when it ends, over and over, and has no address meanwhile', async () => {
    await start()
    for (let i = 0; i < 2; i++) {
      const { pid } = await ask()
      await ask('/exit').catch(() => {})
      await expect.poll(() => child?.ready).toBe(false)
      expect(() => child?.target).toThrow(/^\[unavailable\] the app at \/v1 is being started/)
      await another(pid).toBe('another')
    }
  })

  it('is started again when its probe has failed three times', async () => {
    await start({ probe: '/health', probeIntervalMs: 50 })
    const { pid } = await ask()
    await ask('/ill')
    await another(pid).toBe('another')
  })

  it('is ended by force when it does not end by itself', async () => {
    const deaf = `process.on('SIGTERM', () => {});${PROGRAM}`
    await start({ stopTimeoutMs: 100 }, deaf)
    const { pid } = await ask()
    await child?.stop()
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
  })

  it('that cannot be started, ends or does not answer is told with what it said', async () => {
    await expect(start({ command: ['/no/such/program'] })).rejects.toThrow(
      /the app at \/v1 cannot be started \(.*ENOENT/,
    )
    await expect(start({}, 'console.error("no model"); process.exit(4)')).rejects.toThrow(/ended with 4 .*: no model/)
    await expect(start({ startTimeoutMs: 300 }, 'setInterval(() => {}, 1000)')).rejects.toThrow(
      /did not answer within 300 ms/,
    )
  })

  it('can be stopped while it waits to be started again', async () => {
    await start()
    await ask('/exit').catch(() => {})
    await expect.poll(() => child?.ready).toBe(false)
    await child?.stop()
    expect(child?.ready).toBe(false)
  })
})

it('a program ends with a process that is told to end, and does not listen', { timeout: 60_000 }, async () => {
  const code = `
    import { Flow } from './index.ts'
    const program = ${JSON.stringify(PROGRAM)}
    const flow = await new Flow({ protocol: 'http' }).add().mount('/v1', { command: [process.execPath, '-e', program] }).start()
    console.log((await (await fetch('http://127.0.0.1:' + flow.port + '/v1')).text()))`
  const program = command([execPath, '--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', code], {
    cwd: root,
  })
  const [, pid] = await program.until(/"pid":(\d+)/)
  process.kill(program.pid, 'SIGTERM')
  await program.ended
  await expect
    .poll(() => {
      try {
        return process.kill(Number(pid), 0)
      } catch {
        return 'gone'
      }
    })
    .toBe('gone')
})
