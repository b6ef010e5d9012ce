import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { api, defineExecutor } from '../executors/index.ts'
import { Flow, type RunningFlow } from '../flows/index.ts'
import { silent } from '../proto/index.ts'
import { testClient } from './client.conformance.ts'
import { makeCertificate } from './fixtures/certificates.ts'
import { Sample } from './fixtures/sample.ts'
import { Client, type ClientOptions, connect, type TlsOptions } from './index.ts'

const Typed = defineExecutor({
  name: 'Typed',
  apis: { upper: api({ input: z.string(), output: z.string() }, (text) => text.toUpperCase()) },
})

const folder = mkdtempSync(join(tmpdir(), 'sluice-tls-'))
afterAll(() => rmSync(folder, { recursive: true }))

const authority = makeCertificate(folder, 'authority')
const server = makeCertificate(folder, 'server', { by: authority, names: ['DNS:localhost', 'IP:127.0.0.1'] })
const elsewhere = makeCertificate(folder, 'elsewhere', { by: authority, names: ['DNS:elsewhere.test'] })
const user = makeCertificate(folder, 'user', { by: authority })
const stranger = makeCertificate(folder, 'stranger')

const protocols = ['grpc', 'http', 'websocket'] as const
type Protocol = (typeof protocols)[number]

function start(protocol: Protocol, tls?: { cert: string; key: string; ca?: string }): Promise<RunningFlow> {
  // a connection that was refused may linger at a gateway's gRPC port
  const options = { protocol, host: '127.0.0.1', logger: silent, graceMs: 100, ...(tls && { tls }) }
  return new Flow(options).add({ uses: Sample }).start()
}

function clientOf(flow: RunningFlow, options: Partial<ClientOptions>): Client {
  const protocol = flow.protocol as Protocol
  return new Client({ host: '127.0.0.1', port: flow.port, protocol, timeoutMs: 5_000, ...options })
}

for (const protocol of protocols) {
  testClient({
    name: `${protocol} with TLS`,
    async create() {
      const flow = await start(protocol, server)
      const client = new Client({ host: '127.0.0.1', port: flow.port, protocol, tls: { ca: authority.cert } })
      return { client, close: () => client.close().then(() => flow.close()) }
    },
  })

  describe(`certificates over ${protocol}`, () => {
    const refused = async (flow: RunningFlow, tls: ClientOptions['tls'], hint: RegExp) => {
      await using client = clientOf(flow, { ...(tls !== undefined && { tls }) })
      await expect(client.post('/echo', 'a')).rejects.toMatchObject({ codeName: 'UNAVAILABLE', message: hint })
    }
    const answered = async (flow: RunningFlow, tls: TlsOptions) => {
      await using client = clientOf(flow, { tls })
      expect((await client.post('/upper', 'a')).texts).toEqual(['A'])
    }

    it('trusts an authority that is told, by its path or its bytes, and no other', async () => {
      await using flow = await start(protocol, server)
      await answered(flow, { ca: readFileSync(authority.cert) })
      await refused(flow, true, /certificate.* tls: \{ ca \}/)
      await refused(flow, { ca: stranger.cert }, /certificate.* tls: \{ ca \}/)
    })

    it('wants a certificate of the name it is told', async () => {
      await using flow = await start(protocol, elsewhere)
      await answered(flow, { ca: authority.cert, serverName: 'elsewhere.test' })
      await refused(flow, { ca: authority.cert }, /elsewhere\.test.* tls: \{ serverName \}/)
    })

    it('proves itself to a gateway that wants it', async () => {
      await using flow = await start(protocol, { ...server, ca: authority.cert })
      await answered(flow, { ca: authority.cert, ...user })
      await refused(flow, { ca: authority.cert }, /tls: \{ cert, key \}/)
      await refused(flow, { ca: authority.cert, ...stranger }, /tls: \{ cert, key \}/)
    })

    it('says so where the gateway does not speak TLS', async () => {
      await using flow = await start(protocol)
      await refused(flow, true, /leave tls out/)
    })

    it.each<[string, TlsOptions, RegExp]>([
      ['a file that is not there', { ca: join(folder, 'nowhere.pem') }, /tls\.ca: ENOENT/],
      ['what is no certificate', { ca: new TextEncoder().encode('hello') }, /tls: .*PEM/],
      ["a key that is not the certificate's", { cert: user.cert, key: server.key }, /tls: .*key values mismatch/],
    ])('refuses %s', async (_, tls, message) => {
      await using client = new Client({ host: 'localhost', protocol, tls })
      await expect(client.post('/echo', 'a')).rejects.toMatchObject({ codeName: 'INVALID_ARGUMENT', message })
    })
  })
}

it('takes options beside a host that says that it encrypts', async () => {
  await using flow = await start('http', server)
  await using client = new Client({ host: `https://127.0.0.1:${flow.port}`, tls: { ca: authority.cert } })
  expect(await client.isFlowReady()).toBe(true)
})

it.each<[TlsOptions, RegExp]>([
  [{ cert: 'a.pem' }, /tls\.key is missing/],
  [{ key: 'a.key' }, /tls\.cert is missing/],
  [{ rejectUnauthorized: false } as never, /tls\.rejectUnauthorized is no option/],
])('refuses tls: %j', (tls, message) => {
  expect(() => new Client({ tls })).toThrow(message)
})

describe('certificates of typed services', () => {
  it('are trusted where their authority is told, and prove who asks; others are told of with why the service is not ready', async () => {
    const tls = { ...server, ca: authority.cert }
    const options = { protocol: 'http', host: '127.0.0.1', pathPrefix: '/v1', logger: silent, tls } as const
    await using flow = await new Flow(options).add({ uses: Typed }).start()
    const url = `https://127.0.0.1:${flow.port}`
    await using svc = await connect<typeof Typed>(url, { tls: { ca: authority.cert, ...user } })
    expect(await svc.upper('a')).toBe('A')
    const stranger = connect(url, { serverReadyTimeoutMs: 100 })
    await expect(stranger).rejects.toMatchObject({
      codeName: 'DEADLINE_EXCEEDED',
      message: /certificate.* tls: \{ ca \}/,
    })
  })
})
