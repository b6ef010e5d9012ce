import { afterEach, describe, expect, it } from 'vitest'
import { defineExecutor } from '../../../executors/index.ts'
import { type Served, startGateway } from '../../../tests/e2e/peers/gateway.ts'
import { bytesOf, type PeerOptions, WebSocketPeer } from '../../../tests/e2e/peers/websocket.ts'
import type { GatewayOptions } from '../../index.ts'

const Sample = defineExecutor({
  name: 'Sample',
  requests: {
    '/echo': () => {},
    '/slow': (docs) => new Promise((resolve) => setTimeout(resolve, Number(docs.texts[0]))),
    '/fail': () => {
      throw new RangeError('too far')
    },
    '/never': (_docs, { signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    '/metadata': (docs, { metadata, caller }) => {
      for (const document of docs)
        document.tags = { asked: metadata.get('x-ask') ?? null, from: caller?.address ?? null }
    },
  },
})

let served: Served
let peers: WebSocketPeer[] = []
afterEach(async () => {
  for (const { socket } of peers) socket.terminate()
  peers = []
  await served.close()
})

async function serve(options: GatewayOptions = {}): Promise<void> {
  served = await startGateway({ protocol: 'websocket', ...options }, Sample)
}

async function open(options?: PeerOptions): Promise<WebSocketPeer> {
  const peer = await WebSocketPeer.open(served.port, options)
  peers.push(peer)
  return peer
}

const bytes = { protocols: ['bytes'] }
const ask = (execEndpoint: string, text: string, more = {}) => ({ data: [{ text }], execEndpoint, ...more })

describe('WebSocket sub-protocols', () => {
  it.each([
    [['json'], 'json', 'json'],
    [['bytes'], 'bytes', 'bytes'],
    [['chat', 'bytes'], 'bytes', 'bytes'],
    [['json', 'bytes'], 'json', 'json'],
    [[], '', 'json'],
  ])('%j are answered with "%s", and speak %s', async (protocols, echoed, mode) => {
    await serve()
    const peer = await open({ protocols })
    expect(peer.socket.protocol).toBe(echoed)
    peer.send(mode === 'json' ? ask('/echo', 'hi') : bytesOf('/echo', 'hi'))
    await peer.received(1)
    expect(mode === 'json' ? peer.json[0]?.data[0]?.text : peer.requests[0]?.docs.texts[0]).toBe('hi')
  })

  it('that are unknown are not echoed, and speak JSON', async () => {
    await serve()
    // this client refuses an answer that has none of its protocols: the header is written by hand
    const peer = await open({ headers: { 'sec-websocket-protocol': 'chat' } }).catch((error) => error)
    expect(String(peer)).not.toMatch(/invalid subprotocol/)
    expect((peer as WebSocketPeer).socket.protocol).toBe('')
    await (peer as WebSocketPeer).send(ask('/echo', 'hi')).received(1)
  })
})

describe('WebSocket messages', () => {
  it('in JSON are read in camelCase or snake_case, and answered in snake_case without what is empty', async () => {
    await serve()
    const peer = await open()
    peer.send(
      { data: [{ id: 'a', text: 'hi' }], execEndpoint: '/echo', targetExecutor: 'executor0', parameters: { top: 1 } },
      { data: null, exec_endpoint: '/echo', target_executor: 'executor0' },
    )
    await peer.received(2)
    const [first, second] = peer.json
    expect(Object.keys(first as object)).toEqual(['header', 'parameters', 'routes', 'data'])
    expect(first?.header).toEqual({
      request_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      exec_endpoint: '/echo',
      target_executor: '',
    })
    expect(first?.parameters).toEqual({ top: 1 })
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    expect(first?.routes).toEqual(
      ['gateway', 'executor0'].map((executor) => ({ executor, start_time: time, end_time: time })),
    )
    expect(first?.data[0]).toMatchObject({ id: 'a', text: 'hi' })
    expect(second?.data).toEqual([])
  })

  it.each(['requestId', 'request_id'])('in JSON may have an id, at the top or in the header as %s', async (key) => {
    await serve()
    const peer = await open()
    peer.send(ask('/echo', '', { [key]: 'mine' }), ask('/echo', '', { header: { [key]: 'too' } }))
    await peer.received(2)
    expect(peer.json.map(({ header }) => header.request_id)).toEqual(['mine', 'too'])
  })

  it('in protobuf are answered with their id, each as it is done', async () => {
    await serve()
    const peer = await open(bytes)
    for (const ms of ['80', '30', '0']) peer.send(bytesOf('/slow', ms, { requestId: ms }))
    await peer.received(3)
    expect(peer.requests.map(({ header }) => header.requestId)).toEqual(['0', '30', '80'])
  })

  it('give executors the headers of the handshake and the caller', async () => {
    await serve()
    const peer = await open({ headers: { 'X-Ask': 'why' } })
    await peer.send(ask('/metadata', '')).received(1)
    expect(peer.json[0]?.data[0]?.tags).toEqual({ asked: 'why', from: '127.0.0.1' })
  })

  it.each([
    ['json', '{}', ask('/slow', '50')],
    ['json', ' { }\n', ask('/slow', '50')],
    ['bytes', Buffer.from([0]), bytesOf('/slow', '50')],
  ])('of %s end with %j: what runs is answered, then the gateway closes with 1000', async (mode, end, request) => {
    await serve()
    const peer = await open({ protocols: [mode] })
    peer.send(request, end, request)
    expect(await peer.closed).toEqual({ code: 1000, reason: '' })
    expect(peer.messages).toHaveLength(1)
  })

  it('are compressed only if the gateway is told to', async () => {
    for (const compression of [true, false]) {
      await serve({ compression })
      const peer = await open({ perMessageDeflate: true })
      expect(peer.socket.extensions).toBe(compression ? 'permessage-deflate' : '')
      const text = 'x'.repeat(100_000)
      await peer.send(ask('/echo', text)).received(1)
      expect(peer.json[0]?.data[0]?.text).toBe(text)
      if (compression) await served.close()
    }
  })
})

describe('WebSocket errors', () => {
  it('of an executor, a deadline, a target or the envelope are the answer of their request; the others live on', async () => {
    await serve()
    const peer = await open()
    peer.send(
      ask('/fail', 'a', { requestId: 'fail' }),
      ask('/never', 'b', { requestId: 'late', timeoutMs: 30 }),
      ask('/echo', 'c', { requestId: 'target', targetExecutor: '(' }),
      { requestId: 'shape', data: 5 },
      ask('/echo', 'e', { requestId: 'fine' }),
    )
    await peer.received(5)
    const answers = Object.fromEntries(peer.json.map((answer) => [answer.header.request_id, answer]))
    const names = Object.entries(answers).map(([id, { header }]) => [id, header.status?.exception?.name])
    expect(Object.fromEntries(names)).toEqual({
      fail: 'RangeError',
      late: 'DEADLINE_EXCEEDED',
      target: 'INVALID_ARGUMENT',
      shape: 'INVALID_ARGUMENT',
      fine: undefined,
    })
    expect(answers.fail?.header.status?.description).toBe("RangeError('too far')")
    expect(answers.late?.data[0]?.text).toBe('b')
    expect(answers.shape?.header.status?.description).toMatch(/body\.data/)
  })

  it.each([
    ['json', 'hello', 1007, /not JSON/],
    ['json', '[]', 1007, /JSON object/],
    ['json', Buffer.from('{"data":null}'), 1003, /text/],
    ['bytes', Buffer.from([0x0a, 0x50]), 1007, /invalid_argument/],
    ['bytes', Buffer.alloc(0), 1007, /empty message/],
    ['bytes', '{"data":null}', 1003, /binary/],
  ])(
    '%s: %j is no message: what came before is answered, then the gateway closes with %i',
    async (mode, message, code, reason) => {
      await serve()
      const peer = await open({ protocols: [mode] })
      peer.send(mode === 'json' ? ask('/slow', '50') : bytesOf('/slow', '50'), message)
      expect(await peer.closed).toEqual({ code, reason: expect.stringMatching(reason) })
      expect(peer.messages).toHaveLength(1)
    },
  )

  it('close with 1009 where a message is too large', async () => {
    await serve({ maxMessageBytes: 1000 })
    const peer = await open()
    peer.send(ask('/echo', 'x'.repeat(1000)))
    expect((await peer.closed).code).toBe(1009)
  })

  it('come by the deadline of the message, or of the handshake', async () => {
    await serve()
    const headers = { 'sluice-timeout-ms': '30' }
    for (const peer of [await open({ headers }), await open({ ...bytes, headers })]) {
      peer.send(peer.socket.protocol === 'bytes' ? bytesOf('/never', 'x') : ask('/never', 'x'))
      await peer.received(1)
    }
    expect(peers[0]?.json[0]?.header.status?.exception?.name).toBe('DEADLINE_EXCEEDED')
    expect(peers[1]?.requests[0]?.status?.exception?.name).toBe('DEADLINE_EXCEEDED')
    await expect(open({ headers: { 'sluice-timeout-ms': 'soon' } })).rejects.toThrow(/400/)
  })

  it('name a time that is none', async () => {
    await serve()
    const peer = await open()
    const times = ['"soon"', '-1', '0', '1e999', '[]']
    peer.send(...times.map((time) => `{"data":null,"timeoutMs":${time}}`))
    await peer.received(times.length)
    for (const { header } of peer.json) expect(header.status?.description).toMatch(/timeoutMs/)
  })
})
