import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { api, bytes, defineExecutor, file, ndarray } from '../../executors/index.ts'
import { type Served, startGateway } from '../e2e/peers/gateway.ts'
import { RawPeer } from '../e2e/peers/raw.ts'

const tree: z.ZodType<unknown> = z.lazy(() => z.union([z.int(), z.array(tree)]))
const Sample = defineExecutor({
  name: 'Sample',
  apis: {
    any: api({ input: { value: z.unknown() } }, () => 'ok'),
    tree: api({ input: { value: tree } }, () => 'ok'),
    tensor: api({ input: { value: ndarray() } }, () => 'ok'),
    numbers: api({ input: { value: z.array(z.number()) } }, () => 'ok'),
    upload: api({ input: { file: file(), raw: bytes().optional() } }, ({ file }) => file.name),
    echo: api({ input: { value: z.record(z.string(), z.unknown()) } }, ({ value }) => ({
      value,
      polluted: ({} as { x?: 1 }).x,
    })),
  },
})

let served: Served
beforeAll(async () => {
  served = await startGateway({ protocol: 'http', maxMessageBytes: 5_000_000, timeoutMs: 5000 }, Sample)
})
afterAll(() => served.close())

const post = async (path: string, body: BodyInit, headers: Record<string, string> = {}) => {
  const response = await fetch(`http://127.0.0.1:${served.port}/${path}`, { method: 'POST', body, headers })
  return { status: response.status, text: await response.text() }
}
const alive = async () => expect((await post('any', '{"value": 1}')).status).toBe(200)
const deep = (levels: number) => `{"value": ${'['.repeat(levels)}1${']'.repeat(levels)}}`

describe('a typed endpoint', () => {
  it.each(['any', 'tree', 'tensor', 'numbers'])(
    'answers a value that is nested without end, and lives on: %s',
    async (path) => {
      const { status } = await post(path, deep(200_000))
      expect([200, 400]).toContain(status)
      await alive()
    },
  )

  it('takes names of prototypes for names', async () => {
    const { text } = await post('echo', '{"value": {"__proto__": {"x": 1}, "constructor": 2}}')
    expect(JSON.parse(text).polluted).toBeUndefined()
    const form = new FormData()
    for (const name of ['__proto__', 'constructor', 'hasOwnProperty', 'file']) form.append(name, new Blob(['x']), name)
    expect(await post('upload', form)).toEqual({ status: 200, text: '"file"' })
  })

  it('refuses a form of more parts than anybody has', async () => {
    const part = '--B\r\ncontent-disposition: form-data; name="a"\r\n\r\nx\r\n'
    const { status } = await post('upload', `${part.repeat(20_000)}--B--`, {
      'content-type': 'multipart/form-data; boundary=B',
    })
    expect(status).toBe(400)
    await alive()
  })

  it.each([
    'multipart/form-data; boundary=',
    `multipart/form-data; boundary=${'x'.repeat(5000)}`,
    'multipart/form-data; boundary="\\',
    'application/x-www-form-urlencoded; charset=nonsense',
    ';;;',
  ])('answers nonsense of type %s', async (type) => {
    const { status } = await post('upload', '--\r\n\0\r\n--', { 'content-type': type })
    expect(status).toBe(400)
    await alive()
  })

  it('forgets a form that stops coming', async () => {
    const peer = new RawPeer(served.port)
    const head =
      'POST /upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 4000000\r\n\r\n'
    peer.write(`${head}--B\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhel`)
    await sleep(100)
    peer.socket.destroy()
    await expect.poll(() => served.gateway.inFlightBytes).toBe(0)
    await alive()
  })
})
