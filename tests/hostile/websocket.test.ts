import { constants, deflateRawSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Apart } from '../e2e/peers/apart.ts'
import { frame, RawPeer } from '../e2e/peers/raw.ts'
import { WebSocketPeer } from '../e2e/peers/websocket.ts'
import { meanwhile } from './bystander.ts'

// What strangers send over WebSocket. The gateway is a process of its own; others are answered all the while.

const maxMessageBytes = 4_000_000
const maxConnectionBytes = 10_000_000
/** What V8 takes and gives back as it likes, besides twice the largest message. */
const roomBytes = 2 * maxMessageBytes + 120_000_000

let apart: Apart
let port: number
let bystander: WebSocketPeer
beforeAll(async () => {
  apart = await Apart.start({
    protocol: 'websocket',
    maxMessageBytes,
    maxConnectionBytes,
    compression: true,
  })
  port = apart.ports.websocket
  bystander = await WebSocketPeer.open(port)
})
afterAll(async () => {
  bystander.socket.terminate()
  await apart.close()
})
afterEach(async () => {
  expect(await ask('at the end')).toBe('at the end')
  expect(apart.alive).toBe(true)
  await expect.poll(async () => (await apart.counts()).inFlightBytes).toBe(0)
})

async function ask(text: string): Promise<string | undefined> {
  const answered = bystander.messages.length
  await bystander.send({ data: [{ text }], execEndpoint: '/echo' }).received(answered + 1)
  return bystander.json[answered]?.data[0]?.text
}

/** Memory that the gateway takes while it is attacked, and others are answered. */
const growth = (attack: () => Promise<unknown>) => apart.growth(() => meanwhile(attack(), ask))
const question = (more = '') => `{"data":[{"text":"x"}],"execEndpoint":"/echo"${more}}`

describe('floods', () => {
  it('of tiny messages are all answered, and hold little', async () => {
    const peer = await RawPeer.webSocket(port)
    const tiny = Buffer.concat(Array(1000).fill(frame('{"a":1}')))
    const attack = async () => {
      await peer.flood(tiny, 100)
      peer.write(frame('{}'))
      await peer.closed
    }
    const grown = await growth(attack)
    expect(peer.closeCode).toBe(1000)
    expect(peer.text.match(/"exec_endpoint":"\/"/g)).toHaveLength(100_000)
    expect(grown).toBeLessThan(roomBytes)
  })

  it.each([9, 10])('of control frames (%i) whose answers nobody reads hold little', async (opcode) => {
    const peer = await RawPeer.webSocket(port)
    peer.socket.pause()
    const control = Buffer.concat(Array(1000).fill(frame('x'.repeat(125), { opcode })))
    expect(await growth(() => peer.flood(control, 2000))).toBeLessThan(roomBytes)
    peer.socket.destroy()
  })

  it('of connections that say nothing more leave nothing behind', async () => {
    const { resources: before } = await apart.state()
    const peers = await Promise.all(Array.from({ length: 500 }, () => RawPeer.webSocket(port)))
    expect(await ask('with many around')).toBe('with many around')
    for (const { socket } of peers) socket.destroy()
    await expect.poll(async () => (await apart.state()).resources.TCPSocketWrap).toBe(before.TCPSocketWrap)
  })
})

describe('messages in fragments', () => {
  it('are refused when they are too many, and hold little until then', async () => {
    const peer = await RawPeer.webSocket(port)
    const fragments = Buffer.concat(Array(1000).fill(frame('x', { opcode: 0, fin: false })))
    peer.write(frame('', { fin: false }))
    expect(await growth(() => peer.flood(fragments, 1000))).toBeLessThan(roomBytes)
    await peer.closed
    expect(peer.closeCode).toBe(1008)
  })

  it('are refused when together they are too large', async () => {
    const peer = await RawPeer.webSocket(port)
    peer.write(frame('', { fin: false }))
    const fragment = frame('x'.repeat(100_000), { opcode: 0, fin: false })
    await meanwhile(peer.flood(fragment, 1000), ask)
    await peer.closed
    expect(peer.closeCode).toBe(1009)
  })

  it('hold little where each fragment comes in a sea of pings', async () => {
    const peer = await RawPeer.webSocket(port)
    const sea = Buffer.concat(Array(500).fill(frame('x'.repeat(125), { opcode: 10 })))
    peer.write(frame('', { fin: false }))
    const drop = Buffer.concat([sea, frame('x', { opcode: 0, fin: false })])
    expect(await growth(() => peer.flood(drop, 4000))).toBeLessThan(roomBytes)
    expect(peer.closeCode).toBe(1008)
  })
})

describe('frames that are none', () => {
  it.each<[string, Buffer, number]>([
    ['noise', Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * 7919 + 13) & 255)), 1002],
    ['a reserved opcode', frame('x', { opcode: 3 }), 1002],
    ['a reserved control opcode', frame('x', { opcode: 11 }), 1002],
    ['reserved bits', frame('x', { reserved: 0x30 }), 1002],
    ['a frame without mask', frame('{}', { masked: false }), 1002],
    ['a continuation of nothing', frame('x', { opcode: 0 }), 1002],
    ['a message within a message', Buffer.concat([frame('x', { fin: false }), frame('x')]), 1002],
    ['a ping in fragments', frame('x', { opcode: 9, fin: false }), 1002],
    ['an oversized ping', frame('x'.repeat(126), { opcode: 9 }), 1002],
    ['a close frame of one byte', frame('x', { opcode: 8 }), 1002],
    ['a close code that nobody may send', frame(Buffer.from([3, 237]), { opcode: 8 }), 1002],
    ['text that is no UTF-8', frame(Buffer.from([0xc3, 0x28])), 1007],
    ['a length that is too large', frame('', { length: maxMessageBytes + 1 }), 1009],
    ['a length beyond all numbers', frame('', { length: Number.MAX_SAFE_INTEGER }), 1009],
    ['a compressed message that does not decompress', frame('not deflated', { reserved: 0x40 }), 1007],
  ])('%s: the connection is closed with a code that says why', async (_, bytes, code) => {
    const peer = await RawPeer.webSocket(port, 'Sec-WebSocket-Extensions: permessage-deflate\r\n')
    peer.write(bytes)
    await meanwhile(peer.closed, ask)
    expect(peer.closeCode).toBe(code)
  })

  it('compressed without having agreed on it are refused', async () => {
    const peer = await RawPeer.webSocket(port)
    peer.write(frame(deflateRawSync(question()), { reserved: 0x40 }))
    await peer.closed
    expect(peer.closeCode).toBe(1002)
  })

  it('that would inflate beyond the limit are refused before they do', async () => {
    const peer = await RawPeer.webSocket(port, 'Sec-WebSocket-Extensions: permessage-deflate\r\n')
    const bomb = deflateRawSync(Buffer.alloc(400_000_000, 32), { finishFlush: constants.Z_SYNC_FLUSH })
    const attack = async () => {
      peer.write(frame(bomb.subarray(0, -4), { reserved: 0x40 }))
      await peer.closed
    }
    expect(await growth(attack)).toBeLessThan(roomBytes)
    expect(peer.closeCode).toBe(1009)
  })

  it('that inflate to much, one after the other, wait for one another', async () => {
    const peer = await RawPeer.webSocket(
      port,
      'Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover\r\n',
    )
    const text = question(`,"x":"${' '.repeat(maxMessageBytes - 100)}"`)
    const zipped = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH })
    const bombs = Buffer.concat(Array(80).fill(frame(zipped.subarray(0, -4), { reserved: 0x40 })))
    const attack = async () => {
      peer.write(Buffer.concat([bombs, frame('{}')]))
      await peer.closed
    }
    expect(await growth(attack)).toBeLessThan(roomBytes)
    expect(peer.closeCode).toBe(1000)
  })
})

describe('JSON', () => {
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
  const answersTo = async (text: string) => {
    const peer = await WebSocketPeer.open(port)
    peer.send(text, question(',"requestId":"next"'), '{}')
    expect((await peer.closed).code).toBe(1000)
    expect(peer.json.find(({ header }) => header.request_id === 'next')?.data[0]?.text).toBe('x')
    return peer.json.find(({ header }) => header.request_id !== 'next')
  }

  it.each([101, 10_000, 500_000])('nested %i deep is the error of its message, wherever it stands', async (depth) => {
    const lists = '['.repeat(depth) + ']'.repeat(depth)
    for (const text of [
      `{"data":[{"tags":${nested(depth)}}]}`,
      `{"data":null,"parameters":${nested(depth)}}`,
      `{"data":[{"embedding":${lists}}]}`,
      `{"data":[${'{"chunks":['.repeat(depth + 1)}${']}'.repeat(depth + 1)}]}`,
    ])
      if (text.length < maxMessageBytes)
        expect((await answersTo(text))?.header.status?.exception?.name).toBe('INVALID_ARGUMENT')
  })

  it('with huge numbers is answered, and what is no number is not made one', async () => {
    const digits = '9'.repeat(100_000)
    const answer = await answersTo(
      `{"data":[{"text":"n","tags":{"n":${digits},"e":1e999,"z":-0}}],"parameters":{"n":1e400}}`,
    )
    expect(answer?.header.status?.code ?? 0).toBeOneOf([0, 1])
    expect((await answersTo('{"data":[{"weight":1e999}]}'))?.header).toBeDefined()
  })

  it('with keys that JavaScript knows has keys like any other, and changes no prototype', async () => {
    const polluting = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'
    const answer = await answersTo(
      `{"data":[{"tags":${polluting},"__proto__":{"text":"y"}}],"parameters":${polluting},"__proto__":{"data":[]},"header":{"__proto__":{"requestId":"z"}}}`,
    )
    expect(JSON.stringify(answer?.data)).toContain('"__proto__":{"polluted":1}')
    expect(Object.keys(answer?.parameters ?? {})).toContain('__proto__')
    expect(answer?.header.request_id).not.toBe('z')
    expect((await answersTo('{"data":null}'))?.parameters).toEqual({})
  })

  it.each(['__proto__', 'constructor', 'toString'])('asks for the endpoint %s like for any other', async (endpoint) => {
    expect((await answersTo(`{"data":[{"text":"x"}],"execEndpoint":"${endpoint}"}`))?.header.status).toBeUndefined()
  })
})
