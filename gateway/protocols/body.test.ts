import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RawPeer } from '../../tests/e2e/peers/raw.ts'
import { readBody } from './body.ts'
import { ByteBudget } from './byte-budget.ts'

const maxBytes = 1000
const budget = new ByteBudget(Number.POSITIVE_INFINITY)

let server: Server
beforeAll(async () => {
  server = createServer(() => {}).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => server.close())

/** What comes of a body of which `sent` is sent, and then nothing more; the connection ends where `leaves` says so. */
async function read(sent: Uint8Array, { encoding = 'identity', announced = sent.length, leaves = false } = {}) {
  const peer = new RawPeer((server.address() as AddressInfo).port)
  const came = once(server, 'request')
  peer.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: ${encoding}\r\nContent-Length: ${announced}\r\n\r\n`)
  const [request] = (await came) as [IncomingMessage]
  const hold = budget.hold()
  const body = readBody(request, maxBytes, hold).then(String, ({ status, message }) => `${status} ${message}`)
  peer.write(sent)
  if (leaves) peer.socket.end()
  const result = await body
  peer.socket.destroy()
  return { result, heldBytes: hold.bytes }
}

const text = 'hello '.repeat(100)
const encodings = [
  ['identity', (body: string) => Buffer.from(body)],
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
] as const

describe.each(encodings)('a body in %s', (encoding, compress) => {
  it('is read whole, and its bytes are counted as they will be held', async () => {
    expect(await read(compress(text), { encoding })).toEqual({ result: text, heldBytes: text.length })
  })

  it('is refused where it is too large', async () => {
    expect((await read(compress(text.repeat(2)), { encoding })).result).toMatch(/^413 .*1000 bytes/)
  })

  it('that ends early is refused, not waited for', async () => {
    const half = compress(text).subarray(0, 10)
    expect((await read(half, { encoding, announced: 900, leaves: true })).result).toMatch(/^400 /)
  })
})

it.each(encodings.slice(1))('a body in %s that is complete too soon is refused', async (encoding, compress) => {
  expect((await read(compress(text).subarray(0, -1), { encoding })).result).toMatch(/^400 /)
})

it('a body in an encoding that nobody knows is refused before it is read', async () => {
  for (const encoding of ['zstd', '__proto__', 'gzip, gzip'])
    expect(await read(Buffer.from(text), { encoding })).toEqual({
      result: expect.stringMatching(/^415 .*gzip/),
      heldBytes: 0,
    })
})
