import { setTimeout as sleep } from 'node:timers/promises'
import { Client, credentials, Metadata, status } from '@grpc/grpc-js'
import { afterEach, describe, expect, it } from 'vitest'
import { defineExecutor } from '../../../executors/index.ts'
import { Flow, type FlowOptions, type RunningFlow } from '../../../flows/index.ts'
import {
  DataRequest,
  Document,
  DocumentArray,
  decodeRequest,
  encodeRequest,
  type FlowError,
  silent,
} from '../../../proto/index.ts'

const stopped: unknown[] = []
let running = 0
let most = 0

const Sample = defineExecutor({
  name: 'Sample',
  requests: {
    '/slow': async (docs) => {
      most = Math.max(most, ++running)
      await sleep(Number(docs.texts[0]))
      running--
    },
    '/never': (_docs, { signal }) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          stopped.push((signal.reason as FlowError).codeName)
          reject(signal.reason)
        }),
      ),
    '/metadata': (docs, { metadata }) => {
      for (const document of docs) document.text = metadata.get('x-ask') ?? ''
    },
  },
})

let flow: RunningFlow
let client: Client
afterEach(async () => {
  client.close()
  await flow.close()
})

async function serve(options: FlowOptions = {}, channel = {}): Promise<void> {
  flow = await new Flow({ protocol: 'grpc', host: '127.0.0.1', logger: silent, ...options })
    .add({ uses: Sample })
    .start()
  client = new Client(`127.0.0.1:${flow.port}`, credentials.createInsecure(), channel)
}

const asIs = (bytes: Buffer) => bytes
const message = (on: string, text: string) =>
  Buffer.from(
    encodeRequest(
      new DataRequest({ header: { execEndpoint: on, requestId: text }, docs: new DocumentArray([new Document(text)]) }),
    ),
  )

function metadataOf(values: Record<string, string>): Metadata {
  const metadata = new Metadata()
  for (const [key, value] of Object.entries(values)) metadata.set(key, value)
  return metadata
}

/** Sends messages on one stream, and gives back the ids of the answers as they come. */
async function stream(messages: readonly Buffer[], metadata = {}): Promise<string[]> {
  const call = client.makeBidiStreamRequest('/jina.JinaRPC/Call', asIs, asIs, metadataOf(metadata))
  for (const bytes of messages) call.write(bytes)
  call.end()
  const ids: string[] = []
  for await (const answer of call) ids.push(decodeRequest(answer as Buffer).header.requestId)
  return ids
}

describe('gRPC', () => {
  it('answers the requests of a stream as they complete, or in order if asked', async () => {
    await serve()
    const requests = ['60', '20', '0'].map((ms) => message('/slow', ms))
    expect(await stream(requests)).toEqual(['0', '20', '60'])
    expect(await stream(requests, { __results_in_order__: 'true' })).toEqual(['60', '20', '0'])
  })

  it('runs at most prefetch requests of a stream at once; a call may set its own', async () => {
    await serve({ prefetch: 3 })
    const requests = Array.from({ length: 20 }, () => message('/slow', '5'))
    for (const [metadata, limit] of [
      [{}, 3],
      [{ __prefetch__: '1' }, 1],
      [{ __prefetch__: 'many' }, 3],
    ] as const) {
      most = 0
      expect(await stream(requests, metadata)).toHaveLength(20)
      expect(most).toBe(limit)
    }
  })

  it('ends unary calls with the code of a rejection, and streams with a status in the answer', async () => {
    await serve({ timeoutMs: 30 })
    const code = await new Promise((resolve) => {
      client.makeUnaryRequest(
        '/jina.JinaSingleDataRequestRPC/process_single_data',
        asIs,
        asIs,
        message('/never', 'x'),
        (error) => resolve(error?.code),
      )
    })
    expect(code).toBe(status.DEADLINE_EXCEEDED)
    const call = client.makeBidiStreamRequest('/jina.JinaRPC/Call', asIs, asIs, new Metadata())
    call.write(message('/never', 'late'))
    call.end()
    const answers: DataRequest[] = []
    for await (const answer of call) answers.push(decodeRequest(answer as Buffer))
    expect(answers.map(({ header, docs }) => [header.requestId, header.status?.exception?.name, docs.texts])).toEqual([
      ['late', 'DEADLINE_EXCEEDED', ['late']],
    ])
  })

  it("keeps the caller's deadline", async () => {
    await serve()
    stopped.length = 0
    const code = await new Promise((resolve) => {
      const options = { deadline: Date.now() + 50 }
      client.makeUnaryRequest(
        '/jina.JinaSingleDataRequestRPC/process_single_data',
        asIs,
        asIs,
        message('/never', 'x'),
        new Metadata(),
        options,
        (error) => resolve(error?.code),
      )
    })
    expect(code).toBe(status.DEADLINE_EXCEEDED)
    await expect.poll(() => stopped.length).toBe(1)
  })

  it('stops executors when the caller leaves', async () => {
    await serve()
    stopped.length = 0
    const call = client.makeBidiStreamRequest('/jina.JinaRPC/Call', asIs, asIs, new Metadata())
    call.on('error', () => {})
    call.write(message('/never', 'a'))
    call.write(message('/never', 'b'))
    await sleep(50)
    call.cancel()
    await expect.poll(() => stopped).toEqual(['CANCELLED', 'CANCELLED'])
  })

  it('gives executors the metadata', async () => {
    await serve()
    const call = client.makeBidiStreamRequest('/jina.JinaRPC/Call', asIs, asIs, metadataOf({ 'x-ask': 'why' }))
    call.write(message('/metadata', ''))
    call.end()
    for await (const answer of call) expect(decodeRequest(answer as Buffer).docs.texts).toEqual(['why'])
  })

  it('tolerates pings without calls', async () => {
    await serve({}, { 'grpc.keepalive_time_ms': 200, 'grpc.keepalive_permit_without_calls': 1 })
    expect(await stream([message('/slow', '0')])).toEqual(['0'])
    await sleep(1500)
    expect(await stream([message('/slow', '0')])).toEqual(['0'])
  })

  it('finishes what runs before it closes', async () => {
    await serve()
    const pending = stream([message('/slow', '100')])
    await sleep(30)
    const closing = flow.close()
    expect(await pending).toEqual(['100'])
    await closing
  })
})
