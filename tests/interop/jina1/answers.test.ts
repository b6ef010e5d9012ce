import { connect } from 'node:net'
import { Client, credentials, Metadata, status } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningFlow } from '../../../flows/index.ts'
import { decodeRequest } from '../../../proto/index.ts'
import { expected } from './deviations.ts'
import { referenceFlow } from './flow.ts'
import { requestJson } from './meaning.ts'
import { bodyOf, recordedCalls, recordedExchanges, recordedGzip } from './recordings.ts'

// Our gateway is sent the recorded bytes, and answers as recorded but for what differs from run to run.

let flow: RunningFlow

beforeAll(async () => {
  const logger = { debug() {}, info() {}, warn() {}, error() {} }
  flow = await referenceFlow({ protocol: ['grpc', 'http'], port: [0, 0], logger }).start()
})
afterAll(() => flow.close())

const asIs = (bytes: Buffer) => bytes

/** Sends messages on one call of any kind and collects what comes back. */
function call(
  method: string,
  metadata: Metadata,
  messages: readonly Buffer[],
  options = {},
): Promise<{ code: string; answers: Buffer[] }> {
  const client = new Client(`127.0.0.1:${flow.ports.grpc}`, credentials.createInsecure(), options)
  const stream = client.makeBidiStreamRequest(method, asIs, asIs, metadata)
  const answers: Buffer[] = []
  return new Promise((resolve) => {
    stream.on('data', (answer: Buffer) => answers.push(answer))
    stream.on('error', () => {})
    stream.on('status', ({ code }) => {
      client.close()
      resolve({ code: status[code] as string, answers })
    })
    for (const message of messages) stream.write(message)
    stream.end()
  })
}

describe('recorded gRPC calls are answered as recorded', () => {
  const cases = recordedCalls('grpc-client-gateway').filter(({ name }) => name !== 'h_status')

  it.each(cases)('$name', async ({ name, method, metadata: recorded, code, messages }) => {
    const metadata = new Metadata()
    for (const [key, value] of recorded) if (key !== 'user-agent') metadata.set(key, value)
    const sent = messages.filter(({ dir }) => dir === 'c2s')
    const received = messages.filter(({ dir }) => dir === 's2c')
    const { code: got, answers } = await call(
      method,
      metadata,
      sent.map(({ bytes }) => bytes),
    )
    expect(got).toBe(code)
    expect(answers).toHaveLength(received.length)
    if (name === 'h_reflection')
      return expect(answers.map(serviceNames)).toEqual(received.map(({ bytes }) => serviceNames(bytes)))
    if (received[0]?.type !== 'jina.DataRequestProto')
      return expect(answers).toEqual(received.map(({ bytes }) => bytes))
    const byId = (message: { header?: { requestId?: string } }) => message.header?.requestId ?? ''
    const ours = answers
      .map((answer) => requestJson(decodeRequest(answer)))
      .sort((a, b) => byId(a).localeCompare(byId(b)))
    const theirs = received.map(({ decoded }) => decoded).sort((a, b) => byId(a).localeCompare(byId(b)))
    expect(ours.map((answer) => steady(answer))).toEqual(theirs.map((answer) => steady(answer)))
  })

  it('h_status is two maps of texts', async () => {
    const { answers } = await call('/jina.JinaInfoRPC/_status', new Metadata(), [Buffer.alloc(0)])
    expect(answers[0]?.toString()).toContain('3.14.1')
  })
})

describe('recorded compressed calls are answered as recorded', () => {
  // numbers of gRPC's compression algorithms
  it.each([
    ['NoCompression', 0],
    ['Deflate', 1],
    ['Gzip', 2],
  ] as const)('%s', async (name, algorithm) => {
    const { sent, received } = recordedGzip(name)
    const options = { 'grpc.default_compression_algorithm': algorithm }
    const { code, answers } = await call('/jina.JinaRPC/Call', new Metadata(), [sent], options)
    expect(code).toBe('OK')
    expect(answers.map((answer) => steady(requestJson(decodeRequest(answer))))).toEqual([
      steady(requestJson(decodeRequest(received))),
    ])
  })
})

describe('recorded HTTP exchanges are answered as recorded', () => {
  const cases = recordedExchanges().filter(({ name }) => !['raw_status', 'raw_openapi'].includes(name))

  it.each(cases)('$name', async ({ name, request, status, headers, json }) => {
    const raw = await exchange(request)
    const head = raw.subarray(0, raw.indexOf('\r\n\r\n')).toString('latin1')
    const ours = Object.fromEntries(
      [...head.matchAll(/^([\w-]+): (.*)$/gm)].map(([, key = '', value = '']) => [key.toLowerCase(), value.trim()]),
    )
    expect(Number(head.split(' ')[1])).toBe(status)
    expect(steady(bodyOf(raw))).toEqual(steady(expected(name, json)))
    expect(ours['content-type']).toBe(headers['content-type'])
    expect(ours.allow).toBe(headers.allow)
    expect(pathOf(ours.location)).toBe(pathOf(headers.location))
  })

  it('raw_status is two maps of texts', async () => {
    const [recorded] = recordedExchanges().filter(({ name }) => name === 'raw_status')
    const body = bodyOf(await exchange(recorded?.request as Buffer)) as Record<string, Record<string, unknown>>
    expect(Object.keys(body)).toEqual(['jina', 'envs'])
    for (const value of Object.values({ ...body.jina, ...body.envs })) expect(value).toBeTypeOf('string')
  })

  it('raw_openapi has all recorded paths and methods', async () => {
    const [recorded] = recordedExchanges().filter(({ name }) => name === 'raw_openapi')
    const ours = bodyOf(await exchange(recorded?.request as Buffer)) as { paths: Record<string, object> }
    // GraphQL has a description of its own, and comes to OpenAPI's with its own protocol
    const { paths: { '/graphql': _graphql, ...paths } = {} } = (recorded as { json: unknown }).json as Record<
      string,
      Record<string, object>
    >
    for (const [path, methods] of Object.entries(paths)) {
      expect(Object.keys(ours.paths[path] ?? {})).toEqual(expect.arrayContaining(Object.keys(methods)))
    }
  })
})

/** The names in a reflection answer, whatever else it has. */
function serviceNames(bytes: Buffer): string[] {
  return (bytes.toString('latin1').match(/(jina|grpc)\.[\w.]+/g) ?? []).sort()
}

/** Sends raw bytes and reads until the server closes, which `Connection: close` asks for. */
function exchange(request: Buffer): Promise<Buffer> {
  const closing = request
    .toString('latin1')
    .replace(/^Connection: .*\r\n/im, '')
    .replace('\r\n', '\r\nConnection: close\r\n')
  return new Promise((resolve, reject) => {
    const socket = connect(flow.ports.http as number, '127.0.0.1')
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(chunks)))
    socket.end(Buffer.from(closing, 'latin1'))
  })
}

function pathOf(url: string | undefined): string | undefined {
  return url && new URL(url).pathname
}

/** Without what differs from run to run: times become their presence, ids that the gateway made and tracebacks a word. */
function steady(value: unknown, key = ''): unknown {
  if (/^(start|end)_?[Tt]ime$/.test(key)) return value === null || value === undefined ? value : 'time'
  if (key === 'requestId') return 'id'
  if (key === 'id' && typeof value === 'string' && /^[0-9a-f]{32}$/.test(value)) return 'id'
  if (key === 'stacks') return Array.isArray(value) && value.length > 0 ? 'stacks' : value
  if (Array.isArray(value)) return value.map((item) => steady(item))
  if (typeof value !== 'object' || value === null) return value
  // in protobuf, empty parameters and none mean the same
  const entries = Object.entries(value).filter(
    ([name, inner]) => name !== 'parameters' || Object.keys(inner as object).length > 0,
  )
  return Object.fromEntries(entries.map(([name, inner]) => [name, steady(inner, name)]))
}
