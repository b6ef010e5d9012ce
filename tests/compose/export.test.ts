import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { Client, type NdArray } from '../../client/index.ts'
import { dockerCompose } from '../../flows/exports/compose.ts'
import { tenNodes } from '../../flows/fixtures/described.ts'
import { freePorts, root } from '../interop/peers.ts'
import { obtain } from '../obtain.ts'
import { hasRedis, type RedisServer, startRedis } from '../redis.ts'
import { type Command, sluice } from '../sluice.ts'
import { healthy, type Service, start } from './services.ts'

const compose = obtain({ names: ['docker-compose'], variable: 'DOCKER_COMPOSE', aptPackage: 'docker-compose' })

const examples = join(root, 'examples/search')

// beside node_modules, so that packages are found
mkdirSync(join(root, '.cache'), { recursive: true })
const folder = mkdtempSync(join(root, '.cache/compose-'))

/** A flow that says nothing of Redis. */
const flow = join(folder, 'flow.yml')
writeFileSync(
  flow,
  `jtype: Flow
with: {protocol: [http, grpc], port: 0, name: search}
executors:
  - {name: split, uses: ${examples}/split.ts}
  - {name: embed, uses: ${examples}/embed.ts, uses_with: {dimensions: 64}, concurrency: 7}
  - {name: index, uses: ${examples}/index.ts}
`,
)

async function exported(...args: string[]): Promise<string> {
  const command = sluice(['export', 'docker-compose', ...args])
  expect(await command.ended, command.out.stderr).toBe(0)
  return command.out.stdout
}

function accepted(text: string, env: Record<string, string> = {}): void {
  const file = join(folder, 'docker-compose.yml')
  writeFileSync(file, text)
  execFileSync(compose as string, ['--file', file, 'config', '--quiet'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}

describe('an exported docker-compose.yml', () => {
  const options = { file: 'flow.yml', image: 'sluice', workdir: '/app' }

  it.skipIf(!compose)('is accepted by docker-compose', { timeout: 60_000 }, async () => {
    accepted(await exported(flow))
    accepted(dockerCompose(tenNodes(), options))
  })

  it('has a service for each shard and what comes after them, replicas, and none for what runs elsewhere', () => {
    const { services } = parse(dockerCompose(tenNodes(), options), { version: '1.1' })
    expect(Object.keys(services)).not.toContain('vision')
    expect(services.embed.deploy).toEqual({ replicas: 3 })
    expect(services['index-2'].command.slice(-2)).toEqual(['--shard', '2'])
    expect(services['index-2'].healthcheck.test).toEqual(['CMD', 'sluice', 'ping', '--name', 'index-2'])
    expect(services['index-uses_after'].command.slice(-2)).toEqual(['--part', 'uses_after'])
    expect(services.redis.command).toContain('yes')
  })

  it.skipIf(!compose)('wants the variables that the flow reads', { timeout: 60_000 }, async () => {
    const file = join(folder, 'variables.yml')
    writeFileSync(file, 'jtype: Flow\nwith: {protocol: http, port: $PORT}\nexecutors: [{name: a}]\n')
    process.env.PORT = '8087'
    const text = await exported(file)
    delete process.env.PORT
    expect(parse(text).services.gateway.ports).toEqual(['8087:8087'])
    expect(() => accepted(text, { PORT: '' })).toThrow()
    accepted(text, { PORT: '8087' })
  })
})

// Its containers as processes of this machine, with other ports.
describe.skipIf(!hasRedis)('what an exported docker-compose.yml starts', () => {
  const running: Command[] = []
  let redis: RedisServer
  let services: Record<string, Service>
  let ports: ReadonlyMap<string, string>

  beforeAll(async () => {
    redis = await startRedis({ appendOnly: true })
    const first = await freePorts(2)
    ports = new Map([
      ['redis:6379', `127.0.0.1:${redis.port}`],
      ['8080', String(first)],
      ['50051', String(first + 1)],
    ])
    const { redis: _, ...ours } = parse(await exported(flow, '--workdir', folder)).services
    services = ours
    for (const service of Object.values(services)) running.push(start(service, ports))
  }, 60_000)
  afterAll(() => redis.stop())

  it('becomes healthy', { timeout: 180_000 }, async () => {
    expect(Object.keys(services)).toEqual(['gateway', 'split', 'embed', 'index'])
    for (const [name, service] of Object.entries(services))
      await expect.poll(() => healthy(service, ports), { timeout: 90_000, message: name }).toBe(true)
  })

  it('answers on both ports, with the options that the flow gives its executors', { timeout: 60_000 }, async () => {
    await using http = new Client({ host: `http://127.0.0.1:${ports.get('8080')}` })
    await using grpc = new Client({ host: `grpc://127.0.0.1:${ports.get('50051')}` })
    await http.post('/index', ['Call me Ishmael.', 'The whale was white.'])
    const [question] = await grpc.post('/search', 'which whales are white?')
    expect(question?.matches.texts[0]).toBe('The whale was white.')
    const [embedded] = await grpc.post('/search', 'a whale', { targetExecutor: 'embed' })
    expect((embedded?.embedding as NdArray | undefined)?.shape).toEqual([64])
  })

  it('ends with 0 when it is stopped', { timeout: 60_000 }, async () => {
    for (const each of running) each.kill('SIGTERM')
    for (const { ended, out } of running) expect(await ended, out.stderr).toBe(0)
  })
})
