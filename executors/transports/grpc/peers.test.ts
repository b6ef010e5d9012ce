import { type AddressInfo, connect as connectTo, createServer, type Socket } from 'node:net'
import { type handleBidiStreamingCall, type handleUnaryCall, Server, ServerCredentials } from '@grpc/grpc-js'
import { afterEach, describe, expect, it } from 'vitest'
import { jina } from '../../../proto/gen/messages.js'
import * as rpc from '../../../proto/grpc/index.ts'
import {
  CallContext,
  DataRequest,
  Document,
  DocumentArray,
  decodeRequest,
  decodeRequests,
  FlowError,
  statusOfError,
} from '../../../proto/index.ts'
import { freePorts } from '../../../tests/interop/peers.ts'
import type { GrpcConnection } from './dial.ts'
import { createGrpc } from './index.ts'

// Peers that speak one of Jina's RPCs and not the others, and peers that are none.

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

type Unary = handleUnaryCall<Buffer, Buffer>
type Stream = handleBidiStreamingCall<Buffer, Buffer>

/** A server of these methods; reflection lists their services. */
async function connect(
  methods: readonly (readonly [rpc.Rpc, Unary | Stream])[],
  { reflection = true, ...options }: { reflection?: boolean; metadata?: Record<string, string> } = {},
): Promise<GrpcConnection> {
  const server = new Server()
  for (const [method, handler] of methods) server.addService(rpc.definitionOf(method), { [method.method]: handler })
  const services = methods.map(([{ service }]) => service)
  if (reflection) rpc.addDiscovery(server, services)
  const port = await rpc.bind(server, '127.0.0.1:0', ServerCredentials.createInsecure())
  cleanups.push(() => server.forceShutdown())
  const connection = await createGrpc().dial(`127.0.0.1:${port}`, { executor: 'peer', ...options })
  cleanups.push(() => connection.close())
  return connection
}

const hello = (header = {}) =>
  new DataRequest({ header: { execEndpoint: '/index', ...header }, docs: new DocumentArray([new Document('hello')]) })
const answered = (bytes: Buffer, by: string) =>
  rpc.encode(decodeRequest(bytes).with({ docs: new DocumentArray([new Document(by)]) }))
const single =
  (by = 'single'): Unary =>
  (call, callback) =>
    callback(null, answered(call.request, by))
const send = async (connection: GrpcConnection, request = hello(), call = new CallContext()) =>
  (await connection.send(request, call)).docs.texts

describe('a peer is spoken to as its services allow', () => {
  const stream: Stream = (call) => {
    call.on('data', (bytes: Buffer) => call.write(answered(bytes, 'stream')))
    call.on('end', () => call.end())
  }
  const list: Unary = (call, callback) => {
    const [request, ...others] = decodeRequests(call.request)
    const docs = new DocumentArray([new Document(`list of ${others.length + 1}`)])
    callback(null, rpc.encode((request as DataRequest).with({ docs })))
  }

  it('by process_single_data where it is there', async () => {
    expect(
      await send(
        await connect([
          [rpc.CALL, stream],
          [rpc.LIST, list],
          [rpc.SINGLE, single()],
        ]),
      ),
    ).toEqual(['single'])
  })

  it('by process_data, of a list of one, where that is all', async () => {
    expect(await send(await connect([[rpc.LIST, list]]))).toEqual(['list of 1'])
  })

  it('by a stream of its own for each call where there is nothing else', async () => {
    expect(await send(await connect([[rpc.CALL, stream]]))).toEqual(['stream'])
  })

  it('by process_single_data where it does not say', async () => {
    expect(await send(await connect([[rpc.SINGLE, single()]], { reflection: false }))).toEqual(['single'])
  })

  it('serves what it says, and all where it does not', async () => {
    const endpoints: Unary = (_, callback) =>
      callback(null, rpc.toBuffer(jina.EndpointsProto.encode({ endpoints: ['/index'] }).finish()))
    const [said, unsaid] = [
      await connect([
        [rpc.SINGLE, single()],
        [rpc.ENDPOINTS, endpoints],
      ]),
      await connect([[rpc.SINGLE, single()]]),
    ]
    expect([said.endpoints, unsaid.endpoints]).toEqual([['/index'], ['/default']])
    expect([said.ready, unsaid.ready]).toEqual([true, true])
  })
})

describe('what a peer is told', () => {
  it("is the endpoint, the deployment's metadata and the caller's headers, but nothing of his connection or his credentials", async () => {
    let told: object = {}
    const listens: Unary = (call, callback) => {
      told = call.metadata.getMap()
      callback(null, call.request)
    }
    const connection = await connect([[rpc.SINGLE, listens]], { metadata: { authorization: 'Bearer x' } })
    const headers = {
      ...{
        traceparent: '00-a-b-01',
        authorization: 'mine',
        cookie: 'mine',
        host: 'me',
        'content-length': '3',
        'grpc-timeout': '1S',
      },
      ...{ 'sluice-timeout-ms': '1', 'x-name': 'wörld', 'user-agent': 'me', 'x-kept': 'yes' },
    }
    await send(connection, hello(), new CallContext({ metadata: new Map(Object.entries(headers)) }))
    expect(told).toMatchObject({
      traceparent: '00-a-b-01',
      authorization: 'Bearer x',
      endpoint: '/index',
      'x-kept': 'yes',
    })
    for (const name of ['host', 'content-length', 'sluice-timeout-ms', 'x-name', 'cookie'])
      expect(told).not.toHaveProperty(name)
    expect(told).toHaveProperty('user-agent', expect.stringMatching(/^grpc-node/))
  })

  it('are documents that nobody has read on the way, and so are those that it answers', async () => {
    const header = jina.DataRequestProto.encode({ header: { requestId: 'r' } }).finish()
    const unreadable = Buffer.concat([header, Buffer.of((4 << 3) | 2, 4, 0x0a, 0x7f, 1, 2)])
    let arrived: Buffer | undefined
    const echo: Unary = (call, callback) => {
      arrived = call.request
      callback(null, call.request)
    }
    const answer = await (await connect([[rpc.SINGLE, echo]])).send(decodeRequest(unreadable), new CallContext())
    expect(arrived?.toString('hex')).toBe(unreadable.toString('hex'))
    expect(rpc.encode(answer).toString('hex')).toBe(unreadable.toString('hex'))
    expect(() => answer.docs).toThrow(/malformed documents/)
  })
})

describe('a peer that fails', () => {
  it.each([
    [5, 'NOT_FOUND', /no such thing/],
    [14, 'UNAVAILABLE', /nobody answers at grpc:\/\/127.0.0.1:\d+: no such thing/],
    [4, 'DEADLINE_EXCEEDED', /did not answer before the deadline/],
    [8, 'RESOURCE_EXHAUSTED', /no such thing/],
    [13, 'INTERNAL', /no such thing/],
  ] as const)('with code %i rejects with %s, and names the deployment', async (code, codeName, message) => {
    const connection = await connect([
      [rpc.SINGLE, ((_, callback) => callback({ code, details: 'no such thing' })) as Unary],
    ])
    await expect(send(connection)).rejects.toMatchObject({ codeName, message, details: { executor: 'peer' } })
  })

  it('because it cannot reach another is not taken for one that is away', async () => {
    const details = '[unavailable] nobody answers at grpc://x:1 (executor "x")'
    const connection = await connect([[rpc.SINGLE, ((_, callback) => callback({ code: 14, details })) as Unary]])
    await expect(send(connection)).rejects.toMatchObject({
      codeName: 'UNAVAILABLE',
      message: /\[unavailable\] grpc:\/\/127.0.0.1:\d+ says: nobody answers at grpc:\/\/x:1 .*\(executor "peer"\)/,
    })
  })

  it('by a refusal in band, as peers of ours do, rejects with its code and reason', async () => {
    const refuses: Unary = (call, callback) => {
      const request = decodeRequest(call.request)
      const status = statusOfError(new FlowError('RESOURCE_EXHAUSTED', 'the queue is full', { executor: 'inner' }))
      callback(null, rpc.encode(request.with({ header: { ...request.header, status } })))
    }
    await expect(send(await connect([[rpc.SINGLE, refuses]]))).rejects.toMatchObject({
      codeName: 'RESOURCE_EXHAUSTED',
      reason: 'the queue is full',
      details: { executor: 'peer' },
    })
  })

  it('by answering what is none rejects with INTERNAL', async () => {
    const connection = await connect([[rpc.SINGLE, ((_, callback) => callback(null, Buffer.of(0xff))) as Unary]])
    await expect(send(connection)).rejects.toMatchObject({
      codeName: 'INTERNAL',
      message: /answered what is no answer: malformed DataRequest/,
    })
  })

  it('by ending its stream without an answer rejects with INTERNAL', async () => {
    const connection = await connect([[rpc.CALL, ((call) => call.end()) as Stream]])
    await expect(send(connection)).rejects.toMatchObject({
      codeName: 'INTERNAL',
      message: /the stream ended before it/,
    })
  })

  it('by never answering rejects at the deadline, and hears that nobody waits', async () => {
    let left = false
    const never: Unary = (call) => void call.on('cancelled', () => (left = true))
    const call = new CallContext({ deadline: performance.now() + 200 })
    await expect(send(await connect([[rpc.SINGLE, never]]), hello(), call)).rejects.toMatchObject({
      codeName: 'DEADLINE_EXCEEDED',
    })
    await expect.poll(() => left).toBe(true)
  })

  it('to say who it is rejects with why', async () => {
    const port = await freePorts(1)
    const connection = await createGrpc().dial(`grpc://127.0.0.1:${port}`, { executor: 'away' })
    cleanups.push(() => connection.close())
    expect([connection.ready, connection.endpoints]).toEqual([false, undefined])
    await expect(send(connection)).rejects.toMatchObject({
      codeName: 'UNAVAILABLE',
      message: new RegExp(`nobody answers at grpc://127.0.0.1:${port}: .*ECONNREFUSED.*\\(executor "away"\\)`),
    })
  })
})

describe('a listener', () => {
  it.each([rpc.SINGLE, rpc.LIST, rpc.CALL, rpc.HOP])(
    'lives on when $path is sent what it cannot read',
    async (method) => {
      const listener = await createGrpc().listen('127.0.0.1:0', { handler: async (request) => request, endpoints: [] })
      cleanups.push(() => listener.close())
      const { Client, credentials } = await import('@grpc/grpc-js')
      const client = new Client(listener.address.slice('grpc://'.length), credentials.createInsecure())
      cleanups.push(() => client.close())
      const code = await new Promise((resolve) => {
        const call = client.makeBidiStreamRequest(method.path, rpc.asIs, rpc.asIs)
        call.on('error', (error: { code: number }) => resolve(error.code))
        call.on('data', () => {})
        call.write(Buffer.of(0xff, 0xff))
        if (!method.stream) call.end()
      })
      expect(code).toBe(3)
      const connection = await createGrpc().dial(listener.address)
      cleanups.push(() => connection.close())
      expect(await send(connection)).toEqual(['hello'])
    },
  )

  it('says that its port is taken', async () => {
    const served = { handler: async (request: DataRequest) => request, endpoints: [] }
    const listener = await createGrpc().listen('127.0.0.1:0', served)
    cleanups.push(() => listener.close())
    await expect(createGrpc().listen(listener.address, served)).rejects.toMatchObject({
      codeName: 'UNAVAILABLE',
      message: /cannot listen at 127.0.0.1:\d+/,
    })
  })

  it('refuses what is too large in frames too, either way, and nothing else on that stream', async () => {
    const grpc = createGrpc({ maxMessageBytes: 1000 })
    const grow = (request: DataRequest) => request.with({ docs: new DocumentArray([new Document('x'.repeat(2000))]) })
    const pending: (() => void)[] = []
    const listener = await grpc.listen('127.0.0.1:0', {
      async handler(request, { emit }) {
        const { execEndpoint } = request.header
        if (execEndpoint === '/wait') await new Promise<void>((resolve) => pending.push(resolve))
        if (execEndpoint === '/part') await emit?.(grow(request))
        return execEndpoint === '/grow' ? grow(request) : request
      },
      endpoints: [],
    })
    const connection = await grpc.dial(listener.address)
    cleanups.push(
      () => listener.close(),
      () => connection.close(),
    )
    const waiting = send(connection, hello({ execEndpoint: '/wait' }))
    await expect.poll(() => pending.length).toBe(1)
    const refused = { codeName: 'RESOURCE_EXHAUSTED', message: /a message of \d+ bytes, where 1000 are the most/ }
    await expect(send(connection, grow(hello()))).rejects.toMatchObject(refused)
    await expect(send(connection, hello({ execEndpoint: '/grow' }))).rejects.toMatchObject(refused)
    const parts = new CallContext({ emit: async () => {} })
    await expect(send(connection, hello({ execEndpoint: '/part' }), parts)).rejects.toMatchObject(refused)
    pending[0]?.()
    expect(await waiting).toEqual(['hello'])
  })

  it('refuses what is too large for it', async () => {
    const grpc = createGrpc({ maxMessageBytes: 1000 })
    const listener = await grpc.listen('127.0.0.1:0', { handler: async (request) => request, endpoints: [] })
    const connection = await createGrpc().dial(listener.address, { frames: false })
    cleanups.push(
      () => listener.close(),
      () => connection.close(),
    )
    const large = hello().with({ docs: new DocumentArray([new Document('x'.repeat(2000))]) })
    await expect(send(connection, large)).rejects.toMatchObject({ codeName: 'RESOURCE_EXHAUSTED' })
    expect(await send(connection)).toEqual(['hello'])
  })
})

it.each(['localhost', 'http://localhost:1', 'grpc://localhost:99999', 'grpc://a b:1', 'grpc://:1', ''])(
  '%j is no address',
  async (address) => {
    await expect(createGrpc().dial(address)).rejects.toMatchObject({ codeName: 'INVALID_ARGUMENT' })
  },
)

describe('a peer that vanishes without a word', () => {
  // machines that lose their power close no connection
  it.each([true, false])(
    'is asked whether it is there, and connected to anew (frames: %s)',
    { timeout: 30_000 },
    async (frames) => {
      const served = { handler: async (request: DataRequest) => request, endpoints: ['/index'] }
      const listener = await createGrpc().listen('127.0.0.1:0', served)
      let silent = false
      const proxy = createServer((from) => {
        const to = connectTo(Number(listener.address.split(':').at(-1)), '127.0.0.1')
        const here = silent
        const pass = (source: Socket, sink: Socket) =>
          source.on('data', (bytes) => void (silent !== here || sink.write(bytes)))
        pass(from, to)
        pass(to, from)
        from.on('error', () => {}).on('close', () => to.destroy())
        to.on('error', () => {}).on('close', () => from.destroy())
        sockets.push(from, to)
      })
      const sockets: Socket[] = []
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
      const { port } = proxy.address() as AddressInfo
      const connection = await createGrpc().dial(`127.0.0.1:${port}`, { frames })
      cleanups.push(
        () => listener.close(),
        () => proxy.close(),
        () => sockets.forEach((socket) => void socket.destroy()),
        () => connection.close(),
      )
      expect(await send(connection)).toEqual(['hello'])
      // connections that were there stay silent from now on, later ones do not
      silent = true
      const deadline = () => new CallContext({ deadline: performance.now() + 300 })
      const call = deadline()
      setTimeout(() => call.cancel(new FlowError('DEADLINE_EXCEEDED', 'too late')), 300)
      await expect(send(connection, hello(), call)).rejects.toMatchObject({ codeName: 'DEADLINE_EXCEEDED' })
      const waiting = send(connection)
      await expect(waiting).rejects.toMatchObject({ codeName: 'UNAVAILABLE', message: /it does not answer/ })
      expect(await send(connection)).toEqual(['hello'])
    },
  )
})
