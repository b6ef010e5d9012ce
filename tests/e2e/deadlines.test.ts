import { once } from 'node:events'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { defineExecutor } from '../../executors/index.ts'
import { Flow, type RunningFlow } from '../../flows/index.ts'
import { DataRequest, decodeRequest, encodeRequest, type FlowError, type Logger } from '../../proto/index.ts'

// Every way in which a caller says how long a request may take, on every protocol, seen by clients that are not ours.

let reasons: string[] = []
let release: (() => void)[] = []
let running = 0
let most = 0
const logged: { msg: string; requestId: unknown }[] = []

const Slow = defineExecutor({
  name: 'Slow',
  requests: {
    '/heeds': (_docs, { signal }) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          reasons.push((signal.reason as FlowError).codeName)
          reject(signal.reason)
        }),
      ),
    '/ignores': async () => {
      most = Math.max(most, ++running)
      await new Promise<void>((resolve) => release.push(resolve))
      running--
    },
    '/late-error': async () => {
      await new Promise<void>((resolve) => release.push(resolve))
      throw new RangeError('too late')
    },
    '/ok': () => {},
  },
})

const logger: Logger = {
  debug() {},
  info() {},
  warn: (fields, msg) => void logged.push({ msg: msg ?? '', requestId: (fields as { requestId?: unknown }).requestId }),
  error() {},
}

let flow: RunningFlow
let grpc: Client
beforeAll(async () => {
  flow = await new Flow({
    protocol: ['http', 'websocket', 'graphql', 'grpc'],
    port: [0, 0, 0, 0],
    host: '127.0.0.1',
    logger,
  })
    .add({ uses: Slow, concurrency: 1 })
    .start()
  grpc = new Client(`127.0.0.1:${flow.ports.grpc}`, credentials.createInsecure())
})
afterAll(async () => {
  grpc.close()
  await flow.close()
})
beforeEach(() => {
  reasons = []
  release = []
  most = 0
})

type Ask = (on: string, timeoutMs: number | undefined, requestId?: string) => Promise<string>

const http: Ask = async (on, timeoutMs) => {
  const headers = { 'content-type': 'application/json', ...(timeoutMs && { 'sluice-timeout-ms': String(timeoutMs) }) }
  const body = JSON.stringify({ execEndpoint: on })
  const response = await fetch(`http://127.0.0.1:${flow.ports.http}/post`, { method: 'POST', headers, body })
  if (response.status === 200) return 'ok'
  const { header } = (await response.json()) as { header: { status: { exception: { name: string } } } }
  return `${response.status} ${header.status.exception.name}`
}

async function webSocket(options: object, body: object): Promise<string> {
  const socket = new WebSocket(`ws://127.0.0.1:${flow.ports.websocket}/`, 'json', options)
  await once(socket, 'open')
  socket.send(JSON.stringify(body))
  const [text] = await once(socket, 'message')
  socket.close()
  const { header } = JSON.parse(String(text)) as { header: { status?: { exception: { name: string } } } }
  return header.status?.exception.name ?? 'ok'
}

const wsField: Ask = (on, timeoutMs, requestId) =>
  webSocket({}, { execEndpoint: on, data: [], timeoutMs, header: { requestId } })
const wsHeader: Ask = (on, timeoutMs) =>
  webSocket({ headers: timeoutMs ? { 'sluice-timeout-ms': String(timeoutMs) } : {} }, { execEndpoint: on, data: [] })

const graphql: Ask = async (on, timeoutMs) => {
  const headers = { 'content-type': 'application/json', ...(timeoutMs && { 'sluice-timeout-ms': String(timeoutMs) }) }
  const body = JSON.stringify({ query: `mutation { docs(execEndpoint: "${on}") { id } }` })
  const response = await fetch(`http://127.0.0.1:${flow.ports.graphql}/graphql`, { method: 'POST', headers, body })
  const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] }
  return errors?.[0]?.extensions.code ?? 'ok'
}

const asIs = (bytes: Buffer) => bytes
const message = (on: string, timeoutMs?: number, requestId = 'r') =>
  Buffer.from(encodeRequest(new DataRequest({ header: { execEndpoint: on, requestId, timeoutMs } })))

function unary(bytes: Buffer, metadata: Metadata, options: object): Promise<string> {
  const path = '/jina.JinaSingleDataRequestRPC/process_single_data'
  return new Promise((resolve) => {
    grpc.makeUnaryRequest(path, asIs, asIs, bytes, metadata, options, (error) =>
      resolve(error ? String(error.code) : 'ok'),
    )
  })
}

async function stream(bytes: Buffer, metadata: Metadata, options: object = {}): Promise<string> {
  const call = grpc.makeBidiStreamRequest('/jina.JinaRPC/Call', asIs, asIs, metadata, options)
  call.write(bytes)
  call.end()
  const statuses: string[] = []
  try {
    for await (const answer of call)
      statuses.push(decodeRequest(answer as Buffer).header.status?.exception?.name ?? 'ok')
  } catch (error) {
    statuses.push(String((error as { code: number }).code))
  }
  return statuses.join()
}

function told(timeoutMs: number | undefined): Metadata {
  const metadata = new Metadata()
  if (timeoutMs) metadata.set('sluice-timeout-ms', String(timeoutMs))
  return metadata
}

const grpcTimeout = (timeoutMs: number | undefined) => (timeoutMs ? { deadline: Date.now() + timeoutMs } : {})

const ways: [name: string, ask: Ask, exceeded: string][] = [
  ['a header over HTTP', http, '504 DEADLINE_EXCEEDED'],
  ['a field over WebSocket', wsField, 'DEADLINE_EXCEEDED'],
  ['a header of the WebSocket handshake', wsHeader, 'DEADLINE_EXCEEDED'],
  ['a header over GraphQL', graphql, 'DEADLINE_EXCEEDED'],
  ['grpc-timeout on a unary call', (on, ms) => unary(message(on), told(undefined), grpcTimeout(ms)), '4'],
  ['metadata on a unary call', (on, ms) => unary(message(on), told(ms), {}), '4'],
  ['metadata on a gRPC stream', (on, ms) => stream(message(on), told(ms)), 'DEADLINE_EXCEEDED'],
  ['a field of the protobuf header', (on, ms, id) => stream(message(on, ms, id), told(undefined)), 'DEADLINE_EXCEEDED'],
]

describe.each(ways)('%s', (_, ask, exceeded) => {
  it('ends the request when it has passed, and tells the executor why', async () => {
    expect(await ask('/ok', undefined)).toBe('ok')
    expect(await ask('/heeds', 40)).toBe(exceeded)
    await expect.poll(() => reasons).toEqual([expect.stringMatching(/DEADLINE_EXCEEDED|CANCELLED/)])
  })

  it('does not give the place of an executor away that does not stop', async () => {
    expect(await ask('/ignores', 40)).toBe(exceeded)
    const waiting = ask('/ignores', 5000)
    // a third finds no place in its time, and leaves the queue
    expect(await ask('/ok', 60)).toBe(exceeded)
    expect([running, release.length]).toEqual([1, 1])
    release[0]?.()
    await expect.poll(() => release.length).toBe(2)
    release[1]?.()
    expect(await waiting).toBe('ok')
    expect(most).toBe(1)
  })
})

it('grpc-timeout on a stream ends the whole stream', async () => {
  expect(await stream(message('/heeds'), told(undefined), grpcTimeout(50))).toBe('4')
  await expect.poll(() => reasons.length).toBe(1)
})

it('an error that comes when nobody waits any more is logged with the request id', async () => {
  logged.length = 0
  expect(await wsField('/late-error', 40, 'mine')).toBe('DEADLINE_EXCEEDED')
  release[0]?.()
  await expect.poll(() => logged).toEqual([{ msg: 'an executor failed', requestId: 'mine' }])
})

it.each([
  ['HTTP', http, '422'],
  ['GraphQL', graphql, 'INVALID_ARGUMENT'],
])('a timeout that is none is refused over %s', async (_, ask) => {
  const headers = { 'content-type': 'application/json', 'sluice-timeout-ms': 'soon' }
  const path = ask === http ? '/post' : '/graphql'
  const body = JSON.stringify(ask === http ? {} : { query: '{ docs { id } }' })
  const response = await fetch(`http://127.0.0.1:${ask === http ? flow.ports.http : flow.ports.graphql}${path}`, {
    method: 'POST',
    headers,
    body,
  })
  expect(response.status).toBe(ask === http ? 422 : 400)
  expect(await response.text()).toContain('sluice-timeout-ms is no number of milliseconds')
})
