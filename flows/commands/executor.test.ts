import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { makeCertificate } from '../../client/fixtures/certificates.ts'
import { silent } from '../../proto/index.ts'
import { type Command, sluice } from '../../tests/sluice.ts'
import { Flow } from '../flow.ts'

const fixture = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const sample = `${fixture('../../executors/workers/fixtures/executors.ts')}#Sample`
const timeout = 60_000

const folder = mkdtempSync(join(tmpdir(), 'sluice-executor-'))
afterAll(() => rmSync(folder, { recursive: true }))

const start = (...args: string[]) => sluice(['executor', ...args])
const addressOf = async (executor: Command) => (await executor.until(/READY \w+ (\S+)/))[1] as string
const flowTo = (host: string, more = {}) =>
  new Flow({ protocol: 'http', host: '127.0.0.1', logger: silent })
    .add({ name: 'held', external: true, host, ...more })
    .start()

describe('sluice executor --port', () => {
  it('serves by gRPC, says where, and is well', { timeout }, async () => {
    const executor = start('--uses', sample, '--name', 'held', '--port', '0', '--host', '127.0.0.1')
    const address = await addressOf(executor)
    expect(address).toMatch(/^grpc:\/\/127\.0\.0\.1:\d+$/)
    await using flow = await flowTo(address)
    expect((await flow.post('/upper', 'a')).texts).toEqual(['A'])
    const ping = sluice(['ping', address])
    expect(await ping.ended, ping.out.stderr).toBe(0)
    executor.kill('SIGTERM')
    expect(await executor.ended, executor.out.stderr).toBe(0)
    expect(await sluice(['ping', address]).ended).toBe(1)
  })

  it('answers what it has, takes nothing new, and ends with 0 when it is stopped', { timeout }, async () => {
    const uses = ['--uses', fixture('../fixtures/held.ts'), '--uses-with', JSON.stringify({ folder })]
    const executor = start(...uses, '--port', '0', '--host', '127.0.0.1')
    await using flow = await flowTo(await addressOf(executor))
    const answer = flow.post('/held', 'x')
    await expect.poll(() => existsSync(join(folder, 'begun')), { timeout: 10_000 }).toBe(true)
    executor.kill('SIGTERM')
    await expect.poll(() => flow.post('/held', 'y').catch(({ codeName }) => codeName)).toBe('UNAVAILABLE')
    writeFileSync(join(folder, 'go'), '')
    expect((await answer).texts).toEqual([`held by ${executor.pid}`])
    expect(await executor.ended, executor.out.stderr).toBe(0)
  })

  it('serves over TLS', { timeout }, async () => {
    const { cert, key } = makeCertificate(folder, 'server', { names: ['DNS:localhost'] })
    const executor = start('--uses', sample, '--port', '0', '--host', '127.0.0.1', '--tls-cert', cert, '--tls-key', key)
    const address = await addressOf(executor)
    await using flow = await flowTo(address.replace('127.0.0.1', 'localhost'), { tls: { ca: cert } })
    expect((await flow.post('/upper', 'a')).texts).toEqual(['A'])
    executor.kill('SIGTERM')
    expect(await executor.ended).toBe(0)
  })

  it.each([
    [[], /either --port or --redis/],
    [['--port', '0', '--redis', 'redis://localhost:1'], /either --port or --redis/],
    [['--redis', 'redis://localhost:1'], /from Redis, an executor wants a --name/],
    [['--port', '0', '--tls-cert', 'x'], /both --tls-cert and --tls-key/],
    [['--port', '0', '--tls-cert', 'x', '--tls-key', 'y'], /no such file/],
  ])('%j says what is wrong, and ends with 1', { timeout }, async (args, message) => {
    const executor = start('--uses', sample, ...args)
    expect(await executor.ended).toBe(1)
    expect(executor.out.stderr).toMatch(message)
  })
})
