import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { Client, type ClientDuplexStream, credentials, Metadata } from '@grpc/grpc-js'
import { createParser } from 'eventsource-parser'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { defineExecutor, type EndpointStream } from '../../executors/index.ts'
import { Flow, type RunningFlow } from '../../flows/index.ts'
import { DataRequest, Document, DocumentArray, decodeRequest, encodeRequest, silent } from '../../proto/index.ts'

// Streaming endpoints on every protocol, seen by clients that are not ours.

let gate: Promise<void>
let open = () => {}
let yielded = 0
let ended = 0

async function* gated(): EndpointStream {
  yield new Document('first')
  await gate
  yield new Document('second')
}

async function* breaks(): EndpointStream {
  yield new Document('first')
  throw new RangeError('no more')
}

async function* endless(): EndpointStream {
  const text = 'x'.repeat(100_000)
  try {
    while (true) {
      yielded++
      yield new Document(text)
    }
  } finally {
    ended++
  }
}

const Streams = defineExecutor({
  name: 'Streams',
  requests: { '/gated': gated, '/breaks': breaks, '/endless': endless },
})
const Upper = defineExecutor({
  name: 'Upper',
  requests: {
    '/gated': (docs) => {
      for (const document of docs) document.text = document.text.toUpperCase()
    },
  },
})

/** What came: a part's texts, or how it ended. */
type Seen = string

/** One streaming call, as one protocol's client makes it. */
interface Reader {
  /** Everything that is said about the answer, as it comes. */
  readonly seen: Seen[]
  readonly finished: Promise<void>
  /** Stops reading, and keeps the connection. */
  pause(): void
  leave(): void
}

let flow: RunningFlow
beforeAll(async () => {
  flow = await new Flow({
    protocol: ['http', 'websocket', 'graphql', 'grpc'],
    port: [0, 0, 0, 0],
    host: '127.0.0.1',
    logger: silent,
  })
    .add({ uses: Streams })
    .add({ uses: Upper })
    .start()
})
afterAll(() => flow.close())
beforeEach(() => {
  gate = new Promise((resolve) => (open = resolve))
  yielded = 0
  ended = 0
})

const portOf = (name: 'http' | 'websocket' | 'graphql' | 'grpc') => flow.ports[name] as number

function message(on: string): Uint8Array {
  const docs = new DocumentArray([new Document('in')])
  return encodeRequest(new DataRequest({ header: { execEndpoint: on, requestId: 'r', parts: true }, docs }))
}

function tell({ header, docs }: DataRequest): Seen {
  if (header.status?.code) return `error ${header.status.exception?.name}`
  return header.part === undefined ? 'done' : `part ${header.part} ${docs.texts.map((text) => text.slice(0, 9))}`
}

interface Envelope {
  header: { part?: number; status?: { code: number; exception: { name: string } } | null }
  data: { text: string }[]
}

function tellJson({ header, data }: Envelope): Seen {
  if (header.status?.code) return `error ${header.status.exception.name}`
  return header.part === undefined ? 'done' : `part ${header.part} ${data.map(({ text }) => text.slice(0, 9))}`
}

function overHttp(accept: string, parse: (text: string, tell: (seen: Seen) => void) => void) {
  return (on: string): Reader => {
    const seen: Seen[] = []
    const headers = { accept, 'content-type': 'application/json' }
    const asked = httpRequest({ port: portOf('http'), host: '127.0.0.1', path: '/post', method: 'POST', headers })
    asked.end(JSON.stringify({ execEndpoint: on, data: [{ text: 'in' }] }))
    asked.on('error', () => {})
    let response: IncomingMessage | undefined
    const finished = once(asked, 'response').then(async ([came]) => {
      response = came as IncomingMessage
      expect(response.headers['content-type']).toBe(accept)
      response.setEncoding('utf8')
      response.on('data', (text: string) => parse(text, (one) => seen.push(one)))
      await once(response, 'end')
    })
    finished.catch(() => {})
    return { seen, finished, pause: () => response?.pause(), leave: () => asked.destroy() }
  }
}

function overNdjson(on: string): Reader {
  let rest = ''
  return overHttp('application/x-ndjson', (text, tell) => {
    const found = `${rest}${text}`.split('\n')
    rest = found.pop() ?? ''
    for (const line of found) if (line) tell(tellJson(JSON.parse(line)))
  })(on)
}

function overWebSocket(on: string): Reader {
  const seen: Seen[] = []
  const socket = new WebSocket(`ws://127.0.0.1:${portOf('websocket')}/`, 'bytes')
  socket.on('open', () => {
    socket.send(message(on))
    socket.send(Buffer.of(0))
  })
  socket.on('message', (bytes: Buffer) => seen.push(tell(decodeRequest(bytes))))
  const finished = once(socket, 'close').then(() => {})
  return { seen, finished, pause: () => socket.pause(), leave: () => socket.terminate() }
}

let grpc: Client
beforeAll(() => {
  grpc = new Client(`127.0.0.1:${portOf('grpc')}`, credentials.createInsecure())
})
afterAll(() => grpc.close())

function overGrpc(on: string): Reader {
  const asIs = (bytes: Buffer) => bytes
  const seen: Seen[] = []
  const call: ClientDuplexStream<Buffer, Buffer> = grpc.makeBidiStreamRequest(
    '/jina.JinaRPC/Call',
    asIs,
    asIs,
    new Metadata(),
  )
  call.write(Buffer.from(message(on)))
  call.end()
  call.on('error', () => {})
  call.on('data', (bytes: Buffer) => seen.push(tell(decodeRequest(bytes))))
  const finished = once(call, 'end').then(() => {})
  finished.catch(() => {})
  return { seen, finished, pause: () => call.pause(), leave: () => call.cancel() }
}

interface Payload {
  data: { docs: { text: string }[] } | null
  errors?: { message: string; extensions: { code: string } }[]
}

function overGraphql(on: string): Reader {
  const seen: Seen[] = []
  const headers = { accept: 'text/event-stream', 'content-type': 'application/json' }
  const asked = httpRequest({ port: portOf('graphql'), host: '127.0.0.1', path: '/graphql', method: 'POST', headers })
  const query = `subscription { docs(data: {text: "in"}, execEndpoint: "${on}") { text } }`
  asked.end(JSON.stringify({ query }))
  asked.on('error', () => {})
  let response: IncomingMessage | undefined
  let count = 0
  const parser = createParser({
    onEvent({ event, data }) {
      if (event === 'complete') seen.push('done')
      if (event !== 'next') return
      const payload = JSON.parse(data) as Payload
      if (payload.errors) seen.push(`error ${/\w+(?=\()/.exec(payload.errors[0]?.message ?? '')?.[0]}`)
      else seen.push(`part ${count++} ${payload.data?.docs.map(({ text }) => text.slice(0, 9))}`)
    },
  })
  const finished = once(asked, 'response').then(async ([came]) => {
    response = came as IncomingMessage
    response.setEncoding('utf8')
    response.on('data', (text: string) => parser.feed(text))
    await once(response, 'end')
  })
  finished.catch(() => {})
  return { seen, finished, pause: () => response?.pause(), leave: () => asked.destroy() }
}

function overSse(on: string): Reader {
  let tellOne: (seen: Seen) => void = () => {}
  const parser = createParser({
    onEvent({ event, data }) {
      const seen = tellJson(JSON.parse(data))
      expect(seen.split(' ')[0]).toBe(event)
      tellOne(seen)
    },
  })
  return overHttp('text/event-stream', (text, tell) => {
    tellOne = tell
    parser.feed(text)
  })(on)
}

describe.each([
  ['HTTP with NDJSON', overNdjson],
  ['HTTP with server-sent events', overSse],
  ['WebSocket', overWebSocket],
  ['gRPC', overGrpc],
  ['GraphQL', overGraphql],
])('a streaming endpoint over %s', (_, start) => {
  it('gives documents as they come, through the whole chain', async () => {
    const reader = start('/gated')
    await expect.poll(() => reader.seen).toEqual(['part 0 FIRST'])
    open()
    await reader.finished
    expect(reader.seen).toEqual(['part 0 FIRST', 'part 1 SECOND', 'done'])
  })

  it('tells an error in mid-stream as an error, after the documents before it', async () => {
    const reader = start('/breaks')
    await reader.finished
    expect(reader.seen.slice(0, 2)).toEqual(['part 0 first', 'error RangeError'])
  })

  it('stops the generator when the caller leaves', async () => {
    const reader = start('/endless')
    await expect.poll(() => reader.seen.length).toBeGreaterThan(1)
    reader.leave()
    await expect.poll(() => ended).toBe(1)
  })

  it('waits for a caller who does not read', async () => {
    const reader = start('/endless')
    await expect.poll(() => reader.seen.length).toBeGreaterThan(0)
    reader.pause()
    // what is on its way fills buffers first
    const counts: number[] = []
    const settled = () => counts.push(yielded) > 1 && counts.at(-1) === counts.at(-2)
    await expect.poll(settled, { interval: 200, timeout: 10_000 }).toBe(true)
    expect(yielded).toBeLessThan(400)
    expect(ended).toBe(0)
    reader.leave()
    await expect.poll(() => ended).toBe(1)
  })
})

it('compression holds no part back', async () => {
  await using compressing = await new Flow({ protocol: 'http', host: '127.0.0.1', compression: true, logger: silent })
    .add({ uses: Streams })
    .start()
  const response = await fetch(`http://127.0.0.1:${compressing.port}/post`, {
    method: 'POST',
    body: JSON.stringify({ execEndpoint: '/gated' }),
    headers: { 'content-type': 'application/json', accept: 'application/x-ndjson', 'accept-encoding': 'gzip' },
  })
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const { value } = await reader.read()
  expect(Buffer.from(value as Uint8Array).toString()).toContain('first')
  open()
  await reader.cancel()
})

it('callers who do not ask for parts get one answer', async () => {
  open()
  const body = JSON.stringify({ execEndpoint: '/gated', data: [{ text: 'in' }] })
  const response = await fetch(`http://127.0.0.1:${portOf('http')}/post`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  })
  expect(((await response.json()) as Envelope).data.map(({ text }) => text)).toEqual(['FIRST', 'SECOND'])
})
