import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Client } from '../client/index.ts'
import { defineExecutor, Executor } from '../executors/index.ts'
import { silent } from '../proto/index.ts'
import { Flow } from './flow.ts'

const log: string[] = []

class Recorder extends Executor {
  override init(): void {
    log.push(`init ${this.name}`)
  }

  override close(): void {
    log.push(`close ${this.name}`)
  }
}

describe('a flow', () => {
  it('names deployments by their place, and passes documents through where they name no executor', async () => {
    await using flow = await new Flow({ logger: silent }).add().add({ name: 'second' }).add().start()
    const [response] = await flow.post('/x', 'hello', { returnResponses: true })
    expect(response?.routes.map(({ executor }) => executor)).toEqual(['gateway', 'executor0', 'second', 'executor2'])
    expect(response?.docs.texts).toEqual(['hello'])
  })

  it('starts executors in order, and stops them in reverse, once', async () => {
    log.length = 0
    const flow = await new Flow({ logger: silent })
      .add({ name: 'a', uses: Recorder })
      .add({ name: 'b', uses: Recorder })
      .start()
    await Promise.all([flow.close(), flow.close()])
    expect(log).toEqual(['init a', 'init b', 'close b', 'close a'])
  })

  it('stops what has started when something does not', async () => {
    log.length = 0
    const broken = defineExecutor({ name: 'Broken', requests: {}, init: () => Promise.reject(new Error('no model')) })
    const flow = new Flow({ logger: silent }).add({ name: 'a', uses: Recorder }).add({ name: 'b', uses: broken })
    await expect(flow.start()).rejects.toMatchObject({ codeName: 'FAILED_PRECONDITION', details: { executor: 'b' } })
    expect(log).toEqual(['init a', 'close a'])
    await using first = await new Flow({ logger: silent }).start()
    await expect(
      new Flow({ port: first.port, logger: silent }).add({ name: 'c', uses: Recorder }).start(),
    ).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
    expect(log.slice(2)).toEqual(['init c', 'close c'])
  })

  it('stops without executors that never end, after the grace', async () => {
    const deaf = defineExecutor({ name: 'Deaf', requests: { '/x': () => new Promise(() => {}) } })
    const flow = await new Flow({ graceMs: 30, logger: silent }).add({ uses: deaf }).start()
    await using client = new Client({ host: '127.0.0.1', port: flow.port })
    const pending = client.post('/x', 'a')
    pending.catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 50))
    await flow.close()
    await expect(pending).rejects.toThrow()
  })

  it('serves several protocols, and gives executors a workspace', async () => {
    const workspace = mkdtempSync(join(tmpdir(), 'sluice-flow-'))
    let folder = ''
    const Keeper = defineExecutor({
      name: 'Keeper',
      requests: {},
      init() {
        folder = this.workspace
      },
    })
    await using flow = await new Flow({ protocol: ['http', 'grpc'], port: [0, 0], workspace, logger: silent })
      .add({ uses: Keeper })
      .start()
    expect(Object.keys(flow.ports)).toEqual(['http', 'grpc'])
    expect(flow.port).toBe(flow.ports.http)
    expect(folder).toBe(join(workspace, 'Keeper'))
  })

  it.each<[string, () => unknown, RegExp]>([
    ['an unknown option', () => new Flow({ prot: 'http' } as never), /flow: .*prot/],
    ['a protocol that is none', () => new Flow({ protocol: 'smtp' as never }), /protocol/],
    ['a negative limit', () => new Flow({ maxMessageBytes: -1 }), /maxMessageBytes/],
    ['a name that is none', () => new Flow().add({ name: 'a-b' }), /deployment "a-b": name: must be letters/],
    [
      'a name given twice, where it is strict',
      () => new Flow({ strict: true }).add({ name: 'a' }).add({ name: 'a' }),
      /two deployments named "a"/,
    ],
    ['a join of one', () => new Flow().add({ name: 'a' }).needs(['a']), /at least two/],
    ['an unknown deployment option', () => new Flow().add({ use: 'x' } as never), /use/],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(message)
  })

  it('refuses a graph that is none when it starts', async () => {
    await expect(new Flow({ logger: silent }).add({ name: 'a', needs: 'b' }).start()).rejects.toThrow(/"a" needs "b"/)
    await expect(new Flow({ protocol: ['http', 'grpc'], port: [0], logger: silent }).start()).resolves.toBeDefined()
  })
})
