import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, credentials } from '@grpc/grpc-js'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { decodeRequest } from '../../proto/index.ts'
import { Apart } from '../e2e/peers/apart.ts'
import { RawPeer } from '../e2e/peers/raw.ts'
import { bytesOf } from '../e2e/peers/websocket.ts'
import { type Certificate, makeCertificate } from '../interop/certificate.ts'
import { askHttp, meanwhile } from './bystander.ts'

// Those who take their time: for saying hello, for what they ask, for TLS. Others are answered all the while.

/** How HTTP/2 begins; empty settings follow. */
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

const limits = { handshakeTimeoutMs: 500, timeoutMs: 1500, heartbeatMs: 1000 }

let plain: Apart
let secure: Apart
let folder: string
let certificate: Certificate
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-slow-'))
  certificate = makeCertificate(folder)
  plain = await Apart.start({ protocol: ['http', 'grpc'], ...limits })
  secure = await Apart.start({ protocol: ['http', 'grpc'], tls: certificate, ...limits })
})
afterAll(async () => {
  await plain.close()
  await secure.close()
  rmSync(folder, { recursive: true })
})
afterEach(() => expect([plain.alive, secure.alive]).toEqual([true, true]))

const ask = (text: string) => askHttp(plain.ports.http, text)

function askGrpc(port: number, text: string, channel = credentials.createInsecure()): Promise<string | undefined> {
  const client = new Client(`127.0.0.1:${port}`, channel)
  const asIs = (bytes: Buffer) => bytes
  return new Promise((resolve, reject) => {
    const path = '/jina.JinaSingleDataRequestRPC/process_single_data'
    client.makeUnaryRequest(path, asIs, asIs, bytesOf('/echo', text), (error, answer) => {
      client.close()
      if (error) reject(error)
      else resolve(decodeRequest(answer as Buffer).docs.texts[0])
    })
  })
}

function askHttps(text: string): Promise<string | undefined> {
  const ca = readFileSync(certificate.cert)
  const options = {
    host: '127.0.0.1',
    port: secure.ports.http,
    path: '/post',
    method: 'POST',
    ca,
    agent: false,
    servername: 'localhost',
  }
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString()).data[0].text))
    })
    sent.on('error', reject)
    sent.end(JSON.stringify({ data: [{ text }], execEndpoint: '/echo' }))
  })
}

describe('HTTP', () => {
  it.each([
    ['request lines', 'POST /po', 408],
    ['headers', 'POST /post HTTP/1.1\r\nHost: x\r\nX-', 408],
    ['bodies', 'POST /post HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"data"', 408],
    ['chunks', 'POST /post HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{"da', 408],
  ])('%s that never end are ended', async (_, half, status) => {
    const peers = Array.from({ length: 100 }, () => new RawPeer(plain.ports.http))
    for (const peer of peers) peer.write(half)
    await meanwhile(Promise.all(peers.map(({ closed }) => closed)), ask)
    for (const { text } of peers) expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    await expect.poll(async () => (await plain.counts()).inFlightBytes).toBe(0)
  })

  it('headers that come one byte at a time are ended too', async () => {
    const peer = new RawPeer(plain.ports.http)
    peer.write('GET / HTTP/1.1\r\nX: ')
    const dripping = setInterval(() => peer.write('x'), 20)
    await meanwhile(peer.closed, ask)
    clearInterval(dripping)
    expect(peer.text).toMatch(/^HTTP\/1\.1 408 /)
  })
})

describe('gRPC', () => {
  const askPlain = (text: string) => askGrpc(plain.ports.grpc, text)

  it.each(['', 'PRI * HT', `${PREFACE}\0\0\0\u0004\0\0\0\0\0`, 'GET / HTTP/1.1\r\n\r\n'])(
    'connections that stop at %j are ended',
    async (half) => {
      const peer = new RawPeer(plain.ports.grpc)
      peer.write(half)
      await meanwhile(peer.closed, askPlain)
    },
  )
})

describe('TLS', () => {
  it.each(['http', 'grpc'] as const)('handshakes of %s that never end are ended', async (protocol) => {
    const channel = credentials.createSsl(readFileSync(certificate.cert))
    const askSecure = protocol === 'http' ? askHttps : (text: string) => askGrpc(secure.ports.grpc, text, channel)
    const { resources: before } = await secure.state()
    // nothing, the start of a hello, and what is no TLS
    const halves = ['', Buffer.from([22, 3, 1, 2, 0, 1, 0]), 'GET / HTTP/1.1\r\n\r\n']
    const peers = Array.from({ length: 99 }, () => new RawPeer(secure.ports[protocol]))
    for (const [i, peer] of peers.entries()) peer.write(halves[i % 3] as string)
    await meanwhile(Promise.all(peers.map(({ closed }) => closed)), askSecure)
    await expect.poll(async () => (await secure.state()).resources.TCPSocketWrap).toBe(before.TCPSocketWrap)
  })
})
