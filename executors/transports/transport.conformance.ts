import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import {
  CallContext,
  DataRequest,
  Document,
  DocumentArray,
  decodeRequest,
  documentsText,
  FlowError,
  type Handler,
} from '../../proto/index.ts'
import type { Connection, Listener, Transport } from './transport.ts'

/** What a transport needs to be tested. */
export interface TransportUnderTest {
  readonly name: string
  create(): Promise<Place>
  /** Tests that cannot hold here, with the reason. */
  readonly skip?: readonly { reason: string; tests: readonly string[] }[]
}

/** A transport, and where to listen. */
interface Place {
  readonly transport: Transport
  readonly address: string
  /** Where nobody listens. @default `${address}-nobody` */
  readonly nobody?: string
  close(): Promise<void>
}

/** The contract of transport.ts as tests: every transport passes all of them. */
export function testTransport({ name, create, skip = [] }: TransportUnderTest): void {
  const skipped = new Set(skip.flatMap(({ tests }) => tests))
  const test = (title: string, run: () => Promise<void>) => (skipped.has(title) ? it.skip(title, run) : it(title, run))
  const cleanups: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  })

  async function serve(
    handler: Handler,
  ): Promise<{ connection: Connection; listener: Listener; transport: Transport; address: string }> {
    const { transport, address, close } = await create()
    const listener = await transport.listen(address, { handler, endpoints: ['/index'] })
    const connection = await transport.dial(address)
    cleanups.push(
      close,
      () => listener.close(),
      () => connection.close(),
    )
    return { connection, listener, transport, address }
  }
  const never: Handler = () => new Promise(() => {})
  const hello = () =>
    new DataRequest({ header: { execEndpoint: '/index' }, docs: new DocumentArray([new Document('hello')]) })

  describe(`transport ${name}`, () => {
    test('carries a request there and its answer back', async () => {
      const { connection } = await serve(async (request) => {
        const docs = request.ownDocs()
        for (const document of docs) document.text = document.text.toUpperCase()
        return request.with({ docs })
      })
      const request = hello()
      const answer = await connection.send(request, new CallContext())
      expect(answer.docs.texts).toEqual(['HELLO'])
      expect(answer.header.requestId).toBe(request.header.requestId)
    })

    test('carries every field there and back, looked at or not', async () => {
      const { connection } = await serve(async (request) => {
        const looking = request.header.execEndpoint === '/look'
        return looking ? request.with({ docs: request.ownDocs(), parameters: request.ownParameters() }) : request
      })
      for (const execEndpoint of ['/look', '/leave']) {
        const sent = decodeRequest(readFileSync(new URL('../../proto/codec/fixtures/everything.bin', import.meta.url)))
        const request = sent.with({ header: { ...sent.header, execEndpoint } })
        const answer = await connection.send(request, new CallContext())
        expect(documentsText(answer.docs)).toBe(documentsText(request.docs))
        expect([answer.header, answer.parameters, answer.routes]).toEqual([
          request.header,
          request.parameters,
          request.routes,
        ])
      }
    })

    test('carries what accompanies a call: the time that is left, headers, the caller', async () => {
      const { connection } = await serve(async (request, { deadline, metadata, caller }) => {
        const leftMs = (deadline as number) - performance.now()
        const parameters = { leftMs, trace: metadata.get('x-trace') ?? null, id: caller?.id ?? null }
        return request.with({ parameters: { ...parameters, principal: caller?.principal ?? null } })
      })
      const call = new CallContext({
        deadline: performance.now() + 20_000,
        metadata: new Map([['x-trace', 'abc']]),
        caller: { id: 'c', principal: 'me' },
      })
      const { leftMs, ...others } = (await connection.send(hello(), call)).parameters
      expect(others).toEqual({ trace: 'abc', id: 'c', principal: 'me' })
      expect(leftMs).toBeGreaterThan(10_000)
      expect(leftMs).toBeLessThanOrEqual(20_000)
    })

    test('drops an answer that comes after its caller has left, and answers the next', async () => {
      const finish: (() => void)[] = []
      const { connection } = await serve((request) => new Promise((resolve) => finish.push(() => resolve(request))))
      const call = new CallContext()
      const left = connection.send(hello(), call)
      left.catch(() => {})
      await expect.poll(() => finish.length).toBe(1)
      call.cancel()
      await expect(left).rejects.toMatchObject({ codeName: 'CANCELLED' })
      const next = connection.send(hello(), new CallContext())
      finish[0]?.()
      await expect.poll(() => finish.length).toBe(2)
      finish[1]?.()
      expect((await next).docs.texts).toEqual(['hello'])
    })

    test('never changes the request', async () => {
      const { connection } = await serve(async (request) => {
        const docs = request.ownDocs()
        docs.push(new Document('more'))
        return request.with({ docs, parameters: { changed: true } })
      })
      const request = hello()
      await connection.send(request, new CallContext())
      expect([request.docs.texts, request.parameters]).toEqual([['hello'], {}])
    })

    test('resolves with the status of an executor that failed', async () => {
      const status = { code: 1 as const, description: "ValueError('boom')" }
      const { connection } = await serve(async (request) => request.with({ header: { ...request.header, status } }))
      expect((await connection.send(hello(), new CallContext())).status).toMatchObject(status)
    })

    test('rejects with the same code and reason as the handler', async () => {
      const { connection } = await serve(async () => {
        throw new FlowError('RESOURCE_EXHAUSTED', 'the queue is full', { executor: 'a' })
      })
      const rejected = connection.send(hello(), new CallContext())
      await expect(rejected).rejects.toMatchObject({
        codeName: 'RESOURCE_EXHAUSTED',
        reason: 'the queue is full',
        details: { executor: 'a' },
      })
    })

    test('answers a thousand concurrent requests, each with its own', async () => {
      const { connection } = await serve(async (request) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 5))
        return request
      })
      const requests = Array.from(
        { length: 1000 },
        (_, i) => new DataRequest({ header: { requestId: 'same' }, parameters: { i } }),
      )
      const answers = await Promise.all(requests.map((request) => connection.send(request, new CallContext())))
      expect(answers.map(({ parameters }) => parameters.i)).toEqual(requests.map(({ parameters }) => parameters.i))
    })

    test('delivers parts in their order, and asks for the next when one has been taken', async () => {
      const { connection } = await serve(async (request, { emit }) => {
        for (const text of ['a', 'b', 'c']) {
          order.push(`emit ${text}`)
          await emit?.(request.with({ docs: new DocumentArray([new Document(text)]) }))
        }
        return request.with({ docs: new DocumentArray() })
      })
      const order: string[] = []
      const emit = async ({ docs }: DataRequest) => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        order.push(`taken ${docs.texts}`)
      }
      const answer = await connection.send(hello(), new CallContext({ emit }))
      expect(answer.docs.texts).toEqual([])
      expect(order).toEqual(['emit a', 'taken a', 'emit b', 'taken b', 'emit c', 'taken c'])
    })

    test('does not ask for parts that the caller does not want', async () => {
      const { connection } = await serve(async (request, { emit }) => request.with({ parameters: { asked: !!emit } }))
      expect((await connection.send(hello(), new CallContext())).parameters).toEqual({ asked: false })
    })

    test('tells the other side when a part could not be delivered', async () => {
      let told: unknown
      const { connection } = await serve(async (request, { emit }) => {
        await emit?.(request).catch((error) => {
          told = error
          throw error
        })
        return request
      })
      const emit = () => Promise.reject(new FlowError('UNAVAILABLE', 'the way is blocked'))
      await expect(connection.send(hello(), new CallContext({ emit }))).rejects.toBeInstanceOf(FlowError)
      await expect.poll(() => FlowError.is(told)).toBe(true)
    })

    test('rejects at once when the call is cancelled, and tells the other side', async () => {
      let told: unknown
      let begun = false
      const { connection } = await serve((_request, call) => {
        begun = true
        call.signal.addEventListener('abort', () => {
          told = call.signal.reason
        })
        return never(_request, call)
      })
      const call = new CallContext()
      const pending = connection.send(hello(), call)
      pending.catch(() => {})
      await expect.poll(() => begun).toBe(true)
      call.cancel(new FlowError('DEADLINE_EXCEEDED', 'too late'))
      await expect(pending).rejects.toMatchObject({ codeName: 'DEADLINE_EXCEEDED' })
      await expect.poll(() => (told as FlowError | undefined)?.codeName).toMatch(/DEADLINE_EXCEEDED|CANCELLED/)
    })

    test('rejects a call that was cancelled before', async () => {
      const { connection } = await serve(never)
      const call = new CallContext()
      call.cancel()
      await expect(connection.send(hello(), call)).rejects.toMatchObject({ codeName: 'CANCELLED' })
    })

    test('rejects what is pending with UNAVAILABLE when the connection closes, and what comes after', async () => {
      const { connection } = await serve(never)
      const pending = connection.send(hello(), new CallContext())
      await connection.close()
      await expect(pending).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
      await expect(connection.send(hello(), new CallContext())).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
      expect(connection.ready).toBe(false)
    })

    test('rejects what is pending with UNAVAILABLE when the listener closes', async () => {
      const { connection, listener } = await serve(never)
      const pending = connection.send(hello(), new CallContext())
      await listener.close()
      await expect(pending).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
    })

    test('finishes what runs when the listener drains, and takes nothing new', async () => {
      let finish: (() => void) | undefined
      const { connection, listener } = await serve(
        (request) => new Promise((resolve) => (finish = () => resolve(request))),
      )
      const pending = connection.send(hello(), new CallContext())
      await expect.poll(() => finish).toBeDefined()
      let drained = false
      const draining = listener.drain().then(() => (drained = true))
      await expect(connection.send(hello(), new CallContext())).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
      expect(drained).toBe(false)
      finish?.()
      expect((await pending).docs.texts).toEqual(['hello'])
      await draining
    })

    test('recovers when the listener starts again', async () => {
      const { connection, listener, transport, address } = await serve(async (request) => request)
      await listener.close()
      await expect(connection.send(hello(), new CallContext())).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
      const again = await transport.listen(address, { handler: async (request) => request, endpoints: [] })
      cleanups.push(() => again.close())
      await expect
        .poll(() =>
          connection.send(hello(), new CallContext()).then(
            ({ docs }) => docs.texts,
            () => [],
          ),
        )
        .toEqual(['hello'])
    })

    test('says UNAVAILABLE where nobody listens', async () => {
      const { transport, address, nobody = `${address}-nobody`, close } = await create()
      const connection = await transport.dial(nobody)
      cleanups.push(close, () => connection.close())
      await expect(connection.send(hello(), new CallContext())).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
    })
  })
}
