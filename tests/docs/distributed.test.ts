import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePorts, root } from '../interop/peers.ts'
import { hasRedis, type RedisServer, startRedis } from '../redis.ts'
import { type Command, sluice } from '../sluice.ts'
import { blocksOf } from './blocks.ts'

// The guide's section on executors on other machines: its flow and its commands, with the executors of the example.

const blocks = blocksOf('docs/guide.md').filter(({ text }) => /transport: redis|--redis/.test(text))

describe.skipIf(!hasRedis)('what the guide says of executors on other machines', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-guide-'))
  const running: Command[] = []
  let redis: RedisServer
  let here: (text: string) => string

  beforeAll(async () => {
    redis = await startRedis({ appendOnly: true })
    const first = await freePorts(2)
    here = (text) =>
      text
        .replaceAll('localhost:6379', `127.0.0.1:${redis.port}`)
        .replaceAll('8080', `${first}`)
        .replaceAll('50051', `${first + 1}`)
        .replaceAll('flow.yml', join(folder, 'flow.yml'))
  })
  afterAll(() => redis.stop())

  /** The command lines of a block, without `npx sluice`. */
  const linesOf = (text: string) =>
    [...text.matchAll(/^npx sluice (.*)$/gm)].map(([, line = '']) => here(line).split(' '))
  const run = (args: string[]) => sluice(args, { cwd: resolve(root, 'examples/distributed') })
  const [flow, starts, pings] = blocks.map(({ text }) => text)

  it('starts', { timeout: 90_000 }, async () => {
    expect(blocks.map(({ language }) => language)).toEqual(['yaml', 'bash', 'bash'])
    writeFileSync(join(folder, 'flow.yml'), here(flow as string))
    running.push(...linesOf(starts as string).map(run))
    for (const each of running) await each.until(/READY/)
    expect(running).toHaveLength(4)
  })

  it('is well', { timeout: 90_000 }, async () => {
    for (const line of linesOf(pings as string)) await expect.poll(() => run(line).ended, { timeout: 30_000 }).toBe(0)
  })

  it('ends with 0', { timeout: 60_000 }, async () => {
    for (const each of running) each.kill('SIGTERM')
    for (const { ended, out } of running) expect(await ended, out.stderr).toBe(0)
  })
})
