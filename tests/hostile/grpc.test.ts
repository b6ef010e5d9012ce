import { Client, credentials, Metadata, status } from '@grpc/grpc-js'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { defineExecutor } from '../../executors/index.ts'
import { Flow, type RunningFlow } from '../../flows/index.ts'
import { jina } from '../../proto/gen/messages.js'
import { DataRequest, Document, DocumentArray, decodeRequest, encodeRequest, silent } from '../../proto/index.ts'

// What strangers send over gRPC. After every one of them the gateway still answers others.

const CALL = '/jina.JinaRPC/Call'
const SINGLE = '/jina.JinaSingleDataRequestRPC/process_single_data'
const maxMessageBytes = 1_000_000

const Toucher = defineExecutor({
  name: 'Toucher',
  requests: {
    '/touch': (docs) => {
      for (const document of docs)
        document.tags.seen = [document.text, document.embedding?.toNested(), document.chunks.length] as never
    },
    '/pass': () => {},
  },
})

let flow: RunningFlow
let client: Client
beforeAll(async () => {
  flow = await new Flow({ protocol: 'grpc', host: '127.0.0.1', maxMessageBytes, logger: silent })
    .add({ uses: Toucher })
    .start()
  client = connect()
})
afterAll(async () => {
  client.close()
  await flow.close()
})
afterEach(async () => {
  const [answer] = (await stream([good('still here')])).answers
  expect(decodeRequest(answer as Buffer).docs.texts).toEqual(['still here'])
})

const connect = (options = {}) =>
  new Client(`127.0.0.1:${flow.port}`, credentials.createInsecure(), { 'grpc.max_send_message_length': -1, ...options })
const good = (text: string, header = {}) =>
  encode(
    new DataRequest({ header: { execEndpoint: '/touch', ...header }, docs: new DocumentArray([new Document(text)]) }),
  )
const encode = (request: DataRequest) => Buffer.from(encodeRequest(request))
const asIs = (bytes: Buffer) => bytes

function stream(
  messages: readonly Buffer[],
  from = client,
): Promise<{ code: number; details: string; answers: Buffer[] }> {
  const call = from.makeBidiStreamRequest(CALL, asIs, asIs, new Metadata())
  const answers: Buffer[] = []
  return new Promise((resolve) => {
    call.on('data', (answer: Buffer) => answers.push(answer))
    call.on('error', () => {})
    call.on('status', ({ code, details }) => resolve({ code, details, answers }))
    for (const message of messages) call.write(message)
    call.end()
  })
}

function single(message: Buffer): Promise<{ code: number; details: string }> {
  return new Promise((resolve) => {
    const call = client.makeUnaryRequest(SINGLE, asIs, asIs, message, () => {})
    call.on('status', resolve)
  })
}

describe('bytes that are no request', () => {
  it.each([
    ['a truncated header', Buffer.from([0x0a, 0x50, 0x01])],
    ['a wild length', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ['a wire type that does not exist', Buffer.from([0x0f, 0x00])],
    ['text', Buffer.from('hello, I am not protobuf')],
  ])('%s is INVALID_ARGUMENT', async (_, message) => {
    expect((await stream([message])).code).toBe(status.INVALID_ARGUMENT)
    expect((await single(message)).code).toBe(status.INVALID_ARGUMENT)
  })

  it('end their stream after what came before them is answered', async () => {
    const { code, answers } = await stream([good('before'), Buffer.from([0x0a, 0x50])])
    expect([code, answers.length]).toEqual([status.INVALID_ARGUMENT, 1])
  })

  it('that only a reader of documents would notice are the error of that request', async () => {
    const broken = Buffer.concat([
      encode(new DataRequest({ header: { execEndpoint: '/touch' } })),
      Buffer.from([0x22, 0x04, 0x0a, 0x02, 0x0a, 0x50]),
    ])
    const { code, answers } = await stream([broken, good('next')])
    expect(code).toBe(status.OK)
    const statuses = answers.map((answer) => decodeRequest(answer).status)
    expect(statuses.map((answered) => answered?.code ?? 0).sort()).toEqual([0, 1])
    expect(statuses.find((answered) => answered)?.description).toMatch(/malformed document/)
  })

  it('of every truncation of a request are answered or refused, never hang', async () => {
    const whole = good('hello')
    for (let length = 0; length < whole.length; length++) {
      const { code } = await stream([whole.subarray(0, length)])
      expect([status.OK, status.INVALID_ARGUMENT]).toContain(code)
    }
  })
})

it('a Python pickle is refused, with what to do', async () => {
  const pickled = Buffer.from(
    jina.DataRequestProto.encode({
      header: { requestId: 'p' },
      data: { docsBytes: Buffer.from('\x80\x04.') },
    }).finish(),
  )
  const { code, details } = await single(pickled)
  expect([code, details]).toEqual([
    status.INVALID_ARGUMENT,
    expect.stringMatching(/pickle.*Send the documents in `docs`/),
  ])
})

it('deep nesting is refused', async () => {
  // Struct{fields = 1: entry{key = 1, value = 2: Value{struct = 5}}}, from the inside out: no encoder would write it
  let tags: Buffer = Buffer.alloc(0)
  for (let depth = 0; depth < 3000; depth++)
    tags = field(1, Buffer.concat([field(1, Buffer.from('a')), field(2, field(5, tags))]))
  const data = field(4, field(1, field(1, field(17, tags))))
  const message = Buffer.concat([encode(new DataRequest({ header: { execEndpoint: '/touch' } })), data])
  const [answer] = (await stream([message])).answers
  expect(decodeRequest(answer as Buffer).status?.description).toMatch(/nested deeper than 100/)
})

it('messages that are too large are RESOURCE_EXHAUSTED, compressed ones too', async () => {
  const large = good('x'.repeat(2_000_000))
  expect((await stream([large])).code).toBe(status.RESOURCE_EXHAUSTED)
  const zipping = connect({ 'grpc.default_compression_algorithm': 2 })
  expect((await stream([good(' '.repeat(50_000_000))], zipping)).code).toBe(status.RESOURCE_EXHAUSTED)
  zipping.close()
})

it('a bad target is the error of its request; the stream lives on', async () => {
  const { code, answers } = await stream([
    good('a', { targetExecutor: '(', requestId: 'bad' }),
    good('b', { requestId: 'good' }),
  ])
  expect(code).toBe(status.OK)
  const byId = Object.fromEntries(
    answers.map((answer) => decodeRequest(answer)).map((answer) => [answer.header.requestId, answer.status]),
  )
  expect(byId).toMatchObject({ bad: { code: 1, exception: { name: 'INVALID_ARGUMENT' } } })
  expect(byId.good).toBeUndefined()
  expect((await single(good('a', { targetExecutor: '(' }))).code).toBe(status.INVALID_ARGUMENT)
})

it('two callers that use the same request ids get their own answers', async () => {
  const other = connect()
  const many = (text: string) => Array.from({ length: 50 }, (_, i) => good(`${text}${i}`, { requestId: `r${i}` }))
  const [ours, theirs] = await Promise.all([stream(many('ours')), stream(many('theirs'), other)])
  expect(
    ours.answers.flatMap((answer) => decodeRequest(answer).docs.texts).every((text) => text.startsWith('ours')),
  ).toBe(true)
  expect(
    theirs.answers.flatMap((answer) => decodeRequest(answer).docs.texts).every((text) => text.startsWith('theirs')),
  ).toBe(true)
  other.close()
})

it('documents of the same id stay two', async () => {
  const docs = new DocumentArray(['a', 'b'].map((text) => new Document({ id: 'same', text })))
  const [answer] = (await stream([encode(new DataRequest({ header: { execEndpoint: '/touch' }, docs }))])).answers
  expect(decodeRequest(answer as Buffer).docs.texts).toEqual(['a', 'b'])
})

it('a caller that vanishes in mid-stream is not waited for', async () => {
  const gone = connect()
  const call = gone.makeBidiStreamRequest(CALL, asIs, asIs, new Metadata())
  call.on('error', () => {})
  for (let i = 0; i < 100; i++) call.write(good(`${i}`))
  call.cancel()
  gone.close()
})

/** A length-delimited field of protobuf. */
function field(number: number, bytes: Buffer): Buffer {
  const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)])
  return Buffer.concat([Buffer.from([...varint((number << 3) | 2), ...varint(bytes.length)]), bytes])
}
