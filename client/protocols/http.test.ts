import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { Flow } from '../../flows/index.ts'
import { encode } from '../../gateway/protocols/http/codec.ts'
import { DataRequest, Document, DocumentArray, silent } from '../../proto/index.ts'
import { Client, type ClientOptions } from '../index.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function connect(listener: RequestListener, options: ClientOptions = {}): Promise<Client> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = new Client({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    protocol: 'http',
    ...options,
  })
  open.push(client, server)
  return client
}

const answer = (text: string) => encode(new DataRequest({ docs: new DocumentArray([new Document(text)]) }))

describe('HTTP, on the wire', () => {
  it('tells the gateway how long it waits only where the user said it', async () => {
    const asked: IncomingHttpHeaders[] = []
    const client = await connect((request, response) => {
      asked.push(request.headers)
      response.end(answer('a'))
    })
    await client.post('/x', 'a')
    await client.post('/x', 'a', { timeoutMs: 1234.5 })
    expect(asked.map((headers) => headers['sluice-timeout-ms'])).toEqual([undefined, '1235'])
    expect(asked[0]?.accept).not.toMatch(/ndjson/)
  })

  it('tells it what is left where it asks again', async () => {
    const told: number[] = []
    const client = await connect((request, response) => {
      told.push(Number(request.headers['sluice-timeout-ms']))
      if (told.length === 1) setTimeout(() => response.writeHead(503).end(), 20)
      else response.end(answer('a'))
    })
    await client.post('/x', 'a', { timeoutMs: 5000, retry: { maxAttempts: 2, initialBackoffMs: 1 } })
    expect(told[0]).toBe(5000)
    expect(told[1]).toBeLessThan(5000)
  })

  it('accepts compressed answers', async () => {
    const client = await connect((request, response) => {
      expect(request.headers['accept-encoding']).toMatch(/gzip/)
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(answer('zipped')))
    })
    expect((await client.post('/x', 'a')).texts).toEqual(['zipped'])
    const text = 'again and '.repeat(1000)
    await using flow = await new Flow({
      protocol: 'http',
      host: '127.0.0.1',
      compression: true,
      logger: silent,
    }).start()
    expect((await flow.post('/x', text)).texts).toEqual([text])
  })

  it('takes one answer from a server that knows no parts', async () => {
    const client = await connect((_, response) => response.end(answer('whole')))
    const seen: [number | undefined, string[]][] = []
    for await (const { header, docs } of client.stream('/x', 'a', { parts: true })) seen.push([header.part, docs.texts])
    expect(seen).toEqual([[undefined, ['whole']]])
  })

  it('refuses an answer above maxMessageBytes, also one that is small before it is decompressed', async () => {
    const refused = { codeName: 'RESOURCE_EXHAUSTED', message: /more than 1000 bytes.*maxMessageBytes/ }
    const plain = await connect((_, response) => response.end(answer('a'.repeat(2000))), { maxMessageBytes: 1000 })
    await expect(plain.post('/x', 'a')).rejects.toMatchObject(refused)
    const zipped = await connect(
      (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(answer('a'.repeat(2000)))),
      { maxMessageBytes: 1000 },
    )
    await expect(zipped.post('/x', 'a')).rejects.toMatchObject(refused)
  })

  it('rejects where the connection breaks off in an answer', async () => {
    const client = await connect((_, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{')
      setTimeout(() => response.destroy(), 20)
    })
    await expect(client.post('/x', 'a')).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
  })

  it('keeps no connection open when it is closed', async () => {
    let connections = 0
    const client = await connect((_, response) => response.end(answer('a')))
    const server = open[1] as ReturnType<typeof createServer>
    server.on('connection', (socket) => {
      connections++
      socket.on('close', () => connections--)
    })
    await client.post('/x', ['a', 'b', 'c'], { requestSize: 1 })
    expect(connections).toBeGreaterThan(0)
    await client.close()
    await expect.poll(() => connections).toBe(0)
  })
})
