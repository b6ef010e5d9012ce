import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { CallContext, DataRequest, type Logger } from '../../../proto/index.ts'
import { makeCertificate } from '../../../tests/interop/certificate.ts'
import { freePorts, root } from '../../../tests/interop/peers.ts'
import { hasRedis, type RedisServer, startRedis } from '../../../tests/redis.ts'
import { sluice } from '../../../tests/sluice.ts'
import { createRedis } from './index.ts'

const run = promisify(execFile)

let server: RedisServer | undefined
afterEach(async () => {
  await server?.stop()
  server = undefined
})

const begin = async (...settings: string[]) => {
  server = await startRedis({ settings })
  return server
}

describe.skipIf(!hasRedis)('a gateway at its start', () => {
  const warnings = async ({ url }: RedisServer) => {
    const said: string[] = []
    const warn: Logger['warn'] = (_, message) => void said.push(message ?? '')
    const redis = await createRedis({ url, logger: { debug() {}, info() {}, warn, error: warn } })
    await redis.dial('sample')
    await redis.close()
    return said
  }
  const evicts = expect.stringMatching(/may evict requests: set maxmemory-policy to noeviction/)
  const forgets = expect.stringMatching(/keeps nothing on disk.*Set appendonly to yes/)

  it('warns of a Redis that may throw requests away', async () => {
    expect(await warnings(await begin('--appendonly', 'yes', '--maxmemory-policy', 'allkeys-lru'))).toEqual([evicts])
  })

  it('warns of a Redis that keeps nothing', async () => {
    expect(await warnings(await begin())).toEqual([forgets])
  })

  it('warns of both', async () => {
    expect(await warnings(await begin('--maxmemory-policy', 'volatile-ttl'))).toEqual([evicts, forgets])
  })

  it.each([[['--appendonly', 'yes']], [['--save', '60 1']]])('does not warn of one with %j', async (settings) => {
    expect(await warnings(await begin(...settings))).toEqual([])
  })
})

describe.skipIf(!hasRedis)('a Redis with a password', () => {
  it('is used by who knows it, in the database that the address names', async () => {
    const { port } = await begin('--requirepass', 'sec ret', '--appendonly', 'yes')
    const redis = await createRedis({ url: `redis://:sec%20ret@127.0.0.1:${port}/5` })
    const handler = async (request: DataRequest) => request.with({ parameters: { answered: true } })
    const listener = await redis.listen('sample', { handler, endpoints: ['/x'] })
    const connection = await redis.dial('sample')
    const request = new DataRequest({ header: { execEndpoint: '/x' } })
    expect((await connection.send(request, new CallContext())).parameters).toEqual({ answered: true })
    expect(await connection.queue.getJobCounts()).toBeDefined()
    const { stdout } = await run('redis-cli', [
      '-p',
      `${port}`,
      '-a',
      'sec ret',
      '--no-auth-warning',
      'info',
      'keyspace',
    ])
    expect([...stdout.matchAll(/^(db\d+):/gm)].map(([, database]) => database)).toEqual(['db5'])
    await connection.close()
    await listener.close()
    await redis.close()
  })

  it('is away for who does not', async () => {
    const { port } = await begin('--requirepass', 'secret')
    const redis = await createRedis({ url: `redis://:wrong@127.0.0.1:${port}` })
    await expect(redis.executors('sample')).rejects.toMatchObject({
      codeName: 'UNAVAILABLE',
      message: expect.stringMatching(/Redis at redis:\/\/127.*WRONGPASS/),
    })
  })
})

describe.skipIf(!hasRedis)('a Redis that wants another password', () => {
  it('is told of by an executor in one sentence, and the password nowhere', { timeout: 60_000 }, async () => {
    const { port } = await begin('--requirepass', 'secret')
    const REDIS_URL = `redis://:guessed@127.0.0.1:${port}`
    const executor = sluice(['executor', '--name', 'sample', '--uses', 'PassThrough'], { env: { REDIS_URL } })
    expect(await executor.ended).toBe(1)
    const { stderr } = executor.out
    expect(stderr).toMatch(new RegExp(`^Redis at redis://127.0.0.1:${port}: WRONGPASS.*$`, 'm'))
    expect(stderr).not.toContain('guessed')
    expect(stderr).not.toMatch(/^ {4}at /m)
  })
})

describe.skipIf(!hasRedis)('a Redis over TLS', () => {
  it('is used by an executor that trusts its certificate, and by no other', { timeout: 60_000 }, async () => {
    const port = await freePorts(1)
    const { cert, key } = makeCertificate(mkdtempSync(join(tmpdir(), 'sluice-tls-')))
    const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert]
    await begin('--tls-port', `${port}`, '--tls-auth-clients', 'no', ...files)
    const REDIS_URL = `rediss://localhost:${port}`
    const trusting = { env: { REDIS_URL, NODE_EXTRA_CA_CERTS: cert } }
    const executor = sluice(['executor', '--name', 'sample', '--uses', 'PassThrough'], trusting)
    await executor.until(/READY sample/)
    const ping = sluice(['ping', '--name', 'sample'], trusting)
    expect(await ping.ended, ping.out.stderr).toBe(0)
    const mistrusting = sluice(['ping', '--name', 'sample'], { env: { REDIS_URL } })
    expect(await mistrusting.ended).toBe(1)
    expect(mistrusting.out.stderr).toMatch(/self-signed certificate/)
    executor.kill('SIGTERM')
    expect(await executor.ended).toBe(0)
  })
})

describe('without bullmq or ioredis', { timeout: 60_000 }, () => {
  it.each(['bullmq', 'ioredis'])('what needs %s says in one sentence what to install', async (WITHOUT) => {
    const cli = ['--import', './tests/without.js', '--import', 'tsx', 'flows/cli.ts']
    const args = ['executor', '--name', 'x', '--uses', 'PassThrough', '--redis', 'redis://localhost']
    const ended = run(process.execPath, [...cli, ...args], { cwd: root, env: { ...process.env, WITHOUT } })
    const said = 'the redis transport needs bullmq and ioredis. npm install bullmq ioredis\n'
    await expect(ended).rejects.toMatchObject({ code: 1, stderr: said })
  })
})
