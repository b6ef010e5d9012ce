import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningFlow } from '../../../flows/index.ts'
import { jina } from '../../../proto/gen/messages.js'
import { decodeRequest, silent } from '../../../proto/index.ts'
import { expected } from './deviations.ts'
import { referenceFlow } from './flow.ts'
import { requestJson, steady } from './meaning.ts'
import { bodyOf, type RecordedMessage, recordedCalls, recordedExchanges, recordedGzip } from './recordings.ts'
import { callGrpc, exchangeHttp, headOf } from './wire.ts'

// Our gateway is sent the recorded bytes, and answers as recorded but for what differs from run to run.

let flow: RunningFlow
let ports: { grpc: number; http: number }

beforeAll(async () => {
  flow = await referenceFlow({
    protocol: ['grpc', 'http'],
    port: [0, 0],
    exposeGraphqlEndpoint: true,
    logger: silent,
  }).start()
  ports = flow.ports as typeof ports
})
afterAll(() => flow?.close())

describe('recorded gRPC calls are answered as recorded', () => {
  const recorded = recordedCalls('grpc-client-gateway')
  const answered = (message: RecordedMessage | undefined) => message?.type === 'jina.DataRequestProto'
  const [requests, others] = [true, false].map((wanted) =>
    recorded.filter(({ messages }) => answered(messages.at(-1)) === wanted),
  ) as [typeof recorded, typeof recorded]

  it.each(requests)('$name', async ({ name, method, metadata, code, messages }) => {
    const sent = messages.filter(({ dir }) => dir === 'c2s').map(({ bytes }) => bytes)
    const received = messages.filter(({ dir }) => dir === 's2c').map(({ decoded }) => decoded)
    const { code: got, answers } = await callGrpc({ port: ports.grpc, method, metadata, messages: sent })
    expect(got).toBe(code)
    expect(byId(answers.map(meaningOf))).toEqual(
      byId(received).map((answer) => expected(`grpc-client-gateway/${name}`, steady(answer))),
    )
  })

  // health, dry run: what is said is all there is
  it.each(others.filter(({ name }) => !['h_reflection', 'h_status'].includes(name)))(
    '$name',
    async ({ method, metadata, code, messages }) => {
      const of = (direction: string) => messages.filter(({ dir }) => dir === direction).map(({ bytes }) => bytes)
      const { code: got, answers } = await callGrpc({ port: ports.grpc, method, metadata, messages: of('c2s') })
      expect({ code: got, answers }).toEqual({ code, answers: of('s2c') })
    },
  )

  it('h_reflection lists the same services', async () => {
    const { method, messages } = recorded.find(({ name }) => name === 'h_reflection') as (typeof recorded)[number]
    const [asked, listed] = messages as [RecordedMessage, RecordedMessage]
    const { code, answers } = await callGrpc({ port: ports.grpc, method, messages: [asked.bytes] })
    expect([code, answers.map(serviceNames)]).toEqual(['OK', [serviceNames(listed.bytes)]])
  })

  it('h_status is two maps of texts', async () => {
    const { answers } = await callGrpc({
      port: ports.grpc,
      method: '/jina.JinaInfoRPC/_status',
      messages: [Buffer.of()],
    })
    const { jina: about, envs } = jina.JinaInfoProto.decode(answers[0] as Buffer)
    expect(about?.jina).toBe('3.14.1')
    for (const value of Object.values({ ...about, ...envs })) expect(value).toBeTypeOf('string')
  })
})

describe('recorded compressed calls are answered as recorded', () => {
  it.each(['NoCompression', 'Deflate', 'Gzip'])('%s', async (name) => {
    const { sent, received } = recordedGzip(name)
    const { code, answers } = await callGrpc({
      port: ports.grpc,
      method: '/jina.JinaRPC/Call',
      messages: [sent.bytes],
      compression: ['NoCompression', 'Deflate', 'Gzip'].indexOf(name),
    })
    expect([code, answers.map(meaningOf)]).toEqual(['OK', [steady(received.decoded)]])
  })
})

describe('recorded HTTP exchanges are answered as recorded', () => {
  const recorded = recordedExchanges('http')
  const named = (wanted: string) => recorded.find(({ name }) => name === wanted) as (typeof recorded)[number]

  it.each(recorded.filter(({ name }) => !['raw_status', 'raw_openapi'].includes(name)))(
    '$name',
    async ({ name, request, statusLine, headers, json }) => {
      const raw = await exchangeHttp(ports.http, request)
      const ours = headOf(raw)
      expect(ours.statusLine).toBe(statusLine)
      // the real gateway makes every request an id of its own
      expect(steady(bodyOf(raw), ['requestId'])).toEqual(expected(`http/${name}`, steady(json, ['requestId'])))
      expect(ours.headers['content-type']).toBe(headers['content-type'])
      expect(ours.headers.allow).toBe(headers.allow)
      expect(ours.headers.location).toBe(headers.location?.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${ports.http}`))
    },
  )

  it('raw_status is two maps of texts', async () => {
    const body = bodyOf(await exchangeHttp(ports.http, named('raw_status').request)) as Record<string, object>
    expect(Object.keys(body)).toEqual(['jina', 'envs'])
    for (const value of Object.values({ ...body.jina, ...body.envs })) expect(value).toBeTypeOf('string')
  })

  it('raw_openapi has all recorded paths and methods', async () => {
    const { request, json } = named('raw_openapi')
    const { paths: ours } = bodyOf(await exchangeHttp(ports.http, request)) as { paths: Record<string, object> }
    for (const [path, methods] of Object.entries((json as { paths: Record<string, object> }).paths)) {
      expect(Object.keys(ours[path] ?? {}), path).toEqual(expect.arrayContaining(Object.keys(methods)))
    }
  })
})

const meaningOf = (answer: Buffer): unknown => steady(requestJson(decodeRequest(answer)))

/** Answers in one order, whatever order they came in. */
function byId<T>(answers: T[]): T[] {
  const id = (answer: T) => (answer as { header?: { requestId?: string } }).header?.requestId ?? ''
  return answers.sort((a, b) => id(a).localeCompare(id(b)))
}

/** The names in a reflection answer, whatever else it has. */
function serviceNames(bytes: Buffer): string[] {
  return (bytes.toString('latin1').match(/(jina|grpc)\.[\w.]+/g) ?? []).sort()
}
