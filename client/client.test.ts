import { promisify } from 'node:util'
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { Flow } from '../flows/index.ts'
import { type DataRequest, type DocumentArray, silent } from '../proto/index.ts'
import { testClient } from './client.conformance.ts'
import { Sample } from './fixtures/sample.ts'
import { Client } from './index.ts'
import { type ClientOptions, resolveAddress } from './options.ts'

for (const protocol of ['grpc', 'http', 'websocket'] as const) {
  testClient({
    name: protocol,
    async create() {
      const flow = await new Flow({ protocol, host: '127.0.0.1', logger: silent }).add({ uses: Sample }).start()
      const client = new Client({ host: '127.0.0.1', port: flow.port, protocol })
      return { client, close: () => client.close().then(() => flow.close()) }
    },
  })
}

describe('the address of a client', () => {
  it.each<[ClientOptions, string]>([
    [{}, 'grpc 0.0.0.0 80 false'],
    [{ port: 1234 }, 'grpc 0.0.0.0 1234 false'],
    [{ host: 'http://my.awesome.flow:1234' }, 'http my.awesome.flow 1234 false'],
    [{ host: 'ws://my.awesome.flow:1234' }, 'websocket my.awesome.flow 1234 false'],
    [{ host: 'grpc://my.awesome.flow:1234' }, 'grpc my.awesome.flow 1234 false'],
    [{ host: 'https://my.awesome.flow:1234' }, 'http my.awesome.flow 1234 true'],
    [{ host: 'wss://my.awesome.flow:1234' }, 'websocket my.awesome.flow 1234 true'],
    [{ host: 'grpcs://my.awesome.flow:1234' }, 'grpc my.awesome.flow 1234 true'],
    [{ host: 'my.awesome.flow', port: 1234, protocol: 'websocket', tls: true }, 'websocket my.awesome.flow 1234 true'],
    [{ host: 'https://my.awesome.flow', port: 1234 }, 'http my.awesome.flow 1234 true'],
    [{ host: 'my.awesome.flow:1234', protocol: 'http', tls: true }, 'http my.awesome.flow 1234 true'],
    [{ host: 'http://h', tls: true }, 'http h 443 true'],
    [{ host: 'h/' }, 'grpc h 80 false'],
    [{ host: 'grpc://[::1]:5' }, 'grpc [::1] 5 false'],
  ])('%j is %s', (options, text) => {
    const { protocol, host, port, tls } = resolveAddress(options)
    expect(`${protocol} ${host} ${port} ${tls}`).toBe(text)
  })

  it.each<[ClientOptions, RegExp]>([
    [{ host: 'https://my.awesome.flow:1234', port: 4321 }, /port is given twice/],
    [{ host: 'h:1234', port: 1234 }, /port is given twice/],
    [{ host: 'http://h', protocol: 'http' }, /protocol is given twice/],
    [{ host: 'https://h', tls: true }, /tls is given twice/],
    [{ host: 'ftp://h' }, /scheme "ftp"/],
    [{ host: 'http://h/path' }, /is no host/],
    [{ host: '' }, /is no host/],
    [{ host: 'h', port: 0 }, /port 0 is none/],
    [{ host: 'h', protocol: 'smtp' as never }, /protocol "smtp"/],
  ])('%j is refused', (options, message) => {
    expect(() => new Client(options)).toThrow(message)
  })
})

it('rejects with INTERNAL when a server answers what is no answer, and leaves no stream open', async () => {
  const server = new Server()
  let open = 0
  const call = (stream: ServerDuplexStream<Buffer, Buffer>) => {
    open++
    stream.on('data', () => stream.write(Buffer.from([0x0a, 0x50])))
    stream.on('cancelled', () => open--)
    stream.on('error', () => {})
  }
  const asIs = (bytes: Buffer) => bytes
  const kind = { requestStream: true, responseStream: true, requestSerialize: asIs, requestDeserialize: asIs }
  const method = { path: '/jina.JinaRPC/Call', ...kind, responseSerialize: asIs, responseDeserialize: asIs }
  server.addService({ Call: method }, { Call: call })
  const port = await promisify(server.bindAsync.bind(server))('127.0.0.1:0', ServerCredentials.createInsecure())
  await using client = new Client({ host: '127.0.0.1', port })
  await expect(client.post('/x', 'a')).rejects.toMatchObject({
    codeName: 'INTERNAL',
    message: /answered what is no answer/,
  })
  await expect.poll(() => open).toBe(0)
  server.forceShutdown()
})

it('types what a post gives back', () => {
  const client = new Client()
  expectTypeOf(() => client.post('/x')).returns.resolves.toEqualTypeOf<DocumentArray>()
  expectTypeOf(() => client.post('/x', 'a', { returnResponses: true })).returns.resolves.toEqualTypeOf<DataRequest[]>()
  expectTypeOf(() => client.post('/x', 'a', { onDone: () => {} })).returns.resolves.toEqualTypeOf<void>()
})
