import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Call, DataRequest, Document, DocumentArray, type FlowError } from '../../../proto/index.ts'
import { RawPeer } from '../../../tests/e2e/peers/raw.ts'
import { Gateway } from '../../gateway.ts'

// Executors that take no notice of their deadline, and give parts after it.

let late: Promise<unknown> | undefined
let part: DataRequest
let gateway: Gateway

const send = (_request: DataRequest, { emit, signal }: Call) =>
  new Promise<DataRequest>(() => {
    emit?.(part).catch(() => {})
    signal.addEventListener('abort', () =>
      setTimeout(() => {
        late = emit?.(part).catch((error: FlowError) => error.codeName)
      }, 20),
    )
  })

beforeEach(async () => {
  late = undefined
  const connection = { send, endpoints: undefined, ready: true, close: async () => {} }
  const options = { protocol: 'http', host: '127.0.0.1', timeoutMs: 100 } as const
  gateway = new Gateway(options, { nodes: [{ name: 'deaf', connection }] })
  await gateway.start()
})
afterEach(() => gateway.close())

const partOf = (text: string) => new DataRequest({ docs: new DocumentArray([new Document(text)]) })

describe.each(['text/event-stream', 'application/x-ndjson'])('a part in %s that comes after the deadline', (accept) => {
  it('goes to nobody, and its executor is told so', async () => {
    part = partOf('part')
    const response = await fetch(`http://127.0.0.1:${gateway.ports.http}/post`, {
      method: 'POST',
      body: '{"data":null}',
      headers: { 'content-type': 'application/json', accept },
    })
    const text = await response.text()
    expect(text.match(/"text":"part"/g)).toHaveLength(1)
    expect(text).toContain('DEADLINE_EXCEEDED')
    await expect.poll(() => late).toBeDefined()
    expect(await late).toBeOneOf(['CANCELLED', 'DEADLINE_EXCEEDED'])
  })

  it('harms nobody where the caller has not read what came before', async () => {
    part = partOf('x'.repeat(20_000_000))
    const peer = new RawPeer(gateway.ports.http as number)
    peer.socket.pause()
    peer.write(`POST /post HTTP/1.1\r\nHost: x\r\nAccept: ${accept}\r\nContent-Length: 13\r\n\r\n{"data":null}`)
    await expect.poll(() => late).toBeDefined()
    expect(await late).toBeOneOf(['CANCELLED', 'DEADLINE_EXCEEDED'])
    peer.socket.destroy()
  })
})
