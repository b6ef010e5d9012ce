import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { makeCertificate } from '../client/fixtures/certificates.ts'
import {
  createExecutor,
  createGrpc,
  createRunner,
  defineExecutor,
  endpointsOf,
  type GrpcOptions,
  type Listener,
} from '../executors/index.ts'
import { Document, silent } from '../proto/index.ts'
import { freePorts } from '../tests/interop/peers.ts'
import { Flow, type RunningFlow } from './flow.ts'
import { parseFlow } from './load.ts'
import type { DeploymentOptions, FlowOptions } from './options.ts'

const stopped: string[] = []

const Sample = defineExecutor({
  name: 'Sample',
  requests: {
    '/upper': (docs) => {
      for (const doc of docs) doc.text = doc.text.toUpperCase()
    },
    '/fail': () => Promise.reject(new RangeError('boom')),
    '/where': (docs) => ({ count: docs.length }),
    '/headers': (docs, { metadata }) => {
      const [trace, own] = ['x-trace', 'authorization'].map((name) => metadata.get(name) ?? null)
      for (const doc of docs) doc.tags = { trace: trace ?? null, own: own ?? null }
    },
    '/words': async function* (docs) {
      for (const doc of docs) for (const word of doc.text.split(' ')) yield new Document(word)
    },
    '/never': async (_docs, { signal }) => {
      await sleep(60_000, undefined, { signal }).catch(() => stopped.push(String(signal.reason.codeName)))
    },
  },
})

const cleanups: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function serve(name: string, address = 'grpc://127.0.0.1:0', options: GrpcOptions = {}): Promise<Listener> {
  const executor = await createExecutor(Sample, { name })
  const served = { name, handler: createRunner(executor), endpoints: endpointsOf(executor) }
  const listener = await createGrpc(options).listen(address, served)
  cleanups.push(() => listener.close())
  return listener
}

async function start(deployment: DeploymentOptions, options: FlowOptions = {}): Promise<RunningFlow> {
  const flow = await new Flow({ protocol: 'http', host: '127.0.0.1', logger: silent, ...options })
    .add({ name: 'sample', external: true, ...deployment })
    .start()
  cleanups.push(() => flow.close())
  return flow
}

/** A flow of its own, whose gateway is another's node. */
async function inner(): Promise<string> {
  const flow = await new Flow({ protocol: 'grpc', host: '127.0.0.1', logger: silent })
    .add({ name: 'in', uses: Sample })
    .start()
  cleanups.push(() => flow.close())
  return `grpc://127.0.0.1:${flow.port}`
}

const where = async (flow: RunningFlow) => {
  const [response] = await flow.post('/where', 'x', { returnResponses: true })
  return Object.keys(response?.parameters.__results__ ?? {})[0]
}

describe.each([
  { what: 'an external executor', address: async () => (await serve('sample')).address },
  { what: 'an external flow', address: inner },
])('$what', ({ address }) => {
  it('answers in the place of one in the process', async () => {
    const flow = await start({ host: await address() })
    expect((await flow.post('/upper', ['a', 'b'])).texts).toEqual(['A', 'B'])
    await expect(flow.post('/fail', 'x')).rejects.toThrow(/RangeError\('boom'\)/)
    expect((await flow.post('/elsewhere', 'x')).texts).toEqual(['x'])
    expect(await flow.client.isFlowReady()).toBe(true)
  })

  it('gets the headers of the call', async () => {
    const flow = await start({ host: await address() })
    const [doc] = await flow.post('/headers', 'x', { metadata: { 'x-trace': 'abc' } })
    expect(doc?.tags).toMatchObject({ trace: 'abc' })
  })

  it("gets the deployment's metadata, which wins", async () => {
    const flow = await start({ host: await address(), grpcMetadata: { Authorization: 'Bearer x' } })
    const [doc] = await flow.post('/headers', 'x', { metadata: { authorization: 'mine' } })
    expect(doc?.tags).toMatchObject({ own: 'Bearer x' })
  })

  it('gives parts as they come', async () => {
    const flow = await start({ host: await address() }, { protocol: 'websocket' })
    const parts: unknown[] = []
    for await (const { header, docs } of flow.client.stream('/words', 'call me Ishmael', { parts: true }))
      parts.push([header.part, ...docs.texts])
    expect(parts).toEqual([[0, 'call'], [1, 'me'], [2, 'Ishmael'], [undefined]])
    expect((await flow.post('/words', 'call me Ishmael')).texts).toEqual(['call', 'me', 'Ishmael'])
  })

  it('is told when the deadline has passed', async () => {
    const flow = await start({ host: await address() })
    stopped.length = 0
    await expect(flow.post('/never', 'x', { timeoutMs: 300 })).rejects.toMatchObject({ codeName: 'DEADLINE_EXCEEDED' })
    await expect.poll(() => stopped).toEqual([expect.stringMatching(/DEADLINE_EXCEEDED|CANCELLED/)])
  })
})

describe('where an external executor is', () => {
  it('several hosts, or several ports, take turns', async () => {
    const [a, b] = [await serve('a'), await serve('b')]
    const flow = await start({ host: [a.address, b.address] })
    expect(await Promise.all([where(flow), where(flow)])).toEqual(expect.arrayContaining(['a/rep-0', 'b/rep-0']))
    const ports = [a, b].map(({ address }) => Number(address.split(':').at(-1)))
    const other = await start({ host: '127.0.0.1', port: ports })
    expect(new Set([await where(other), await where(other)])).toEqual(new Set(['a/rep-0', 'b/rep-0']))
  })

  it('one of several that leaves is passed over, and takes its turn again when it is back', async () => {
    const [a, b] = [await serve('a'), await serve('b')]
    const flow = await start({ host: [a.address, b.address] })
    await b.drain()
    await b.close()
    await expect
      .poll(async () => [await where(flow), await where(flow), await where(flow)].map(String))
      .toEqual(['a/rep-0', 'a/rep-0', 'a/rep-0'])
    await serve('b', b.address)
    await expect.poll(async () => [await where(flow), await where(flow)]).toContain('b/rep-0')
  })

  it('one that is away fails with UNAVAILABLE and says where it should be, and works when it is there', async () => {
    const port = await freePorts(1)
    const flow = await start({ host: '127.0.0.1', port })
    await expect(flow.post('/upper', 'a')).rejects.toMatchObject({
      codeName: 'UNAVAILABLE',
      message: expect.stringMatching(new RegExp(`nobody answers at grpc://127.0.0.1:${port}.*executor "sample"`)),
    })
    expect(await flow.client.isFlowReady()).toBe(false)
    const listener = await serve('sample', `grpc://127.0.0.1:${port}`)
    await expect.poll(() => flow.client.isFlowReady()).toBe(true)
    await listener.close()
    await expect.poll(() => flow.client.isFlowReady()).toBe(false)
  })

  it('what it runs when it goes fails with UNAVAILABLE', async () => {
    const listener = await serve('sample')
    const flow = await start({ host: listener.address })
    const pending = flow.post('/never', 'x')
    pending.catch(() => {})
    await sleep(200)
    await listener.close()
    await expect(pending).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
  })

  it('is reached over TLS, by whom it trusts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-external-'))
    cleanups.push(() => rmSync(folder, { recursive: true }))
    const authority = makeCertificate(folder, 'authority')
    const server = makeCertificate(folder, 'server', { by: authority, names: ['IP:127.0.0.1'] })
    const user = makeCertificate(folder, 'user', { by: authority })
    const [ca, cert, key] = [authority.cert, server.cert, server.key].map((file) => readFileSync(file)) as [
      Buffer,
      Buffer,
      Buffer,
    ]
    const { address } = await serve('sample', 'grpcs://127.0.0.1:0', { tls: { ca, cert, key } })
    const trusted = await start({ host: address, tls: { ca: authority.cert, ...user } })
    expect((await trusted.post('/upper', 'a')).texts).toEqual(['A'])
    for (const tls of [true, { ca: authority.cert }]) {
      const flow = await start({ host: address, tls })
      await expect(flow.post('/upper', 'a')).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
    }
  })

  it('may be reached by a gateway that starts alone', async () => {
    const { address } = await serve('sample')
    const flow = await new Flow({ protocol: 'http', host: '127.0.0.1', logger: silent })
      .add({ external: true, host: address })
      .startGateway()
    cleanups.push(() => flow.close())
    expect((await flow.post('/upper', 'a')).texts).toEqual(['A'])
  })

  it.each([
    [{ external: true, port: 1, uses: 'PassThrough', env: {} }, /uses, env: it is external: it runs elsewhere/],
    [{ host: 'x', port: 1, tls: true }, /host, tls: for external deployments alone\. Add external: true/],
    [{ external: true }, /port: localhost has none. Add port: 50051/],
    [{ external: true, host: 'grpc://x:1', port: 1 }, /port: grpc:\/\/x:1 has one already/],
    [{ external: true, host: ['x', 'y', 'z'], port: [1, 2] }, /port: 2 ports for 3 hosts/],
    [{ external: true, port: 70_000 }, /port/],
    [{ external: true, port: 1, tls: { cacert: 'x' } }, /tls/],
  ])('%j says what is wrong', (options, message) => {
    expect(() => new Flow().add(options as DeploymentOptions)).toThrow(message)
  })

  it('is said in YAML in the words of Jina', async () => {
    const { address } = await serve('sample')
    const [host, port] = address.slice('grpc://'.length).split(':')
    const text = `
jtype: Flow
with: {protocol: http, host: 127.0.0.1}
executors:
  - name: sample
    external: true
    host: ${host}
    port: ${port}
    tls: false
    grpc_metadata: {authorization: Bearer y}
`
    const flow = await parseFlow(text, 'flow.yml').start()
    cleanups.push(() => flow.close())
    expect((await flow.post('/headers', 'x'))[0]?.tags).toMatchObject({ own: 'Bearer y' })
  })
})
