import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client } from '../../client/index.ts'
import { root } from '../interop/peers.ts'
import { obtain } from '../obtain.ts'
import { hasRedis, type RedisServer, startRedis } from '../redis.ts'
import type { Command } from '../sluice.ts'
import { file, healthy, portMap, type Service, services, start } from './services.ts'

const compose = obtain({ names: ['docker-compose'], variable: 'DOCKER_COMPOSE', aptPackage: 'docker-compose' })

const texts = ['Call me Ishmael.', 'The whale was white.', 'All hands to the boats!']

describe('docker-compose.yml', () => {
  it.skipIf(!compose)('is one', () => {
    execFileSync(compose as string, ['--file', file, 'config', '--quiet'], { stdio: ['ignore', 'ignore', 'pipe'] })
  })

  it('gives every service a health check, and what is stopped the time to finish', () => {
    for (const [name, { healthcheck, command, stop_grace_period: grace = '10s' }] of Object.entries(services)) {
      expect(healthcheck.test.length, name).toBeGreaterThan(1)
      // Sluice's own grace is 30 s
      if (command[0] === 'sluice') expect(Number.parseInt(grace, 10), name).toBeGreaterThan(30)
    }
  })

  it('adds to the image what tests run with', () => {
    const { devDependencies } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8'))
    const extras = services.gateway?.build?.args.EXTRAS.split(' ') ?? []
    expect(extras).not.toEqual([])
    for (const [, name = '', version] of extras.map((extra) => /^(.+)@(.+)$/.exec(extra) ?? []))
      expect(devDependencies[name]).toBe(version)
  })
})

// Its containers as processes of this machine: each service's command, environment and health check, with other ports.
describe.skipIf(!hasRedis)('what docker-compose.yml starts', () => {
  const { redis: store, ...ours } = services as { redis: Service } & Record<string, Service>
  const { gateway } = ours as { gateway: Service }
  const running: Command[] = []
  let redis: RedisServer
  let ports: ReadonlyMap<string, string>

  beforeAll(async () => {
    redis = await startRedis({ settings: store.command.slice(1) })
    ports = await portMap(redis.port)
    for (const service of Object.values(ours))
      for (let i = 0; i < (service.deploy?.replicas ?? 1); i++) running.push(start(service, ports))
  })
  afterAll(() => redis.stop())

  it('becomes healthy', { timeout: 180_000 }, async () => {
    expect(running).toHaveLength(4)
    for (const [name, service] of Object.entries(ours))
      await expect.poll(() => healthy(service, ports), { timeout: 90_000, message: name }).toBe(true)
  })

  it('finds over HTTP and gRPC what was indexed', async () => {
    await using http = new Client({ host: `http://127.0.0.1:${ports.get('8080')}` })
    await using grpc = new Client({ host: `grpc://127.0.0.1:${ports.get('50051')}` })
    await http.post('/index', texts)
    for (const client of [http, grpc]) {
      const [question] = await client.post('/search', 'which whales are white?')
      expect(question?.matches.texts[0]).toBe('The whale was white.')
    }
  })

  it('shares its work among replicas', async () => {
    await using client = new Client({ host: `grpc://127.0.0.1:${ports.get('50051')}` })
    const replicas = new Set<unknown>()
    const seen = async () => {
      const docs = await client.post('/search', Array<string>(50).fill('who?'), { requestSize: 1 })
      for (const { tags } of docs) replicas.add(tags.replica)
      return replicas.size
    }
    await expect.poll(seen, { timeout: 20_000 }).toBe(2)
  })

  it('shows its queues', async () => {
    const response = await fetch(`http://127.0.0.1:${ports.get('8080')}/queues/api/queues`)
    expect(await response.json()).toMatchObject({ queues: [{ name: 'words' }, { name: 'find' }] })
  })

  it('warns of nothing', () => {
    expect(running.map(({ out }) => out.stderr)).toEqual(['', '', '', ''])
  })

  it('is unhealthy where an executor is missing', { timeout: 60_000 }, async () => {
    const find = running.at(-1) as Command
    find.kill('SIGTERM')
    expect(await find.ended).toBe(0)
    expect(await healthy(ours.find as Service, ports)).toBe(false)
    expect(await healthy(gateway, ports)).toBe(false)
  })

  it('ends with 0 when it is stopped, and leaves nothing', { timeout: 60_000 }, async () => {
    for (const each of running) each.kill('SIGTERM')
    for (const { ended, out } of running) expect(await ended, out.stderr).toBe(0)
    for (const each of running) await expect.poll(() => each.gone).toBe(true)
  })
})
