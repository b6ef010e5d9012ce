import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { PNG } from 'pngjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  api,
  bytes,
  defineExecutor,
  FileData,
  file,
  ImageFile,
  image,
  ndarray,
  table,
} from '../../../executors/index.ts'
import { type Served, startGateway } from '../../../tests/e2e/peers/gateway.ts'

const summary = ({ name, type, size }: FileData) => ({ name, type, size })
const Sample = defineExecutor({
  name: 'Sample',
  apis: {
    upload: api(
      {
        input: {
          file: file(),
          note: z.string().default('x'),
          count: z.int().optional(),
          opts: z.object({ prompt: z.string(), scale: z.number().default(0.5) }).optional(),
          tags: z.array(z.string()).default([]),
        },
      },
      ({ file, ...rest }) => ({ file: summary(file), text: file.text().slice(0, 20), ...rest }),
    ),
    uploadMany: api({ input: { files: z.array(file()) } }, ({ files }) => files.map(summary)),
    maybe: api({ input: { file: file().optional() } }, ({ file }) => file !== undefined),
    audio: api({ input: file({ contentType: 'audio/*' }) }, summary),
    count: api({ input: bytes() }, (bytes) => bytes.length),
    thumb: api({ input: { image: image(), size: z.int().default(4) }, output: image() }, ({ image, size }) => {
      const { data, width, height } = image.pixels()
      return ImageFile.png(
        { width: size, height: size, data: data.slice(0, 4 * size * size) },
        `${width}x${height}.png`,
      )
    }),
    makeFile: api(
      { input: { text: z.string(), name: z.string().default('out.txt') }, output: file() },
      ({ text, name }) => {
        return new FileData(text, { name })
      },
    ),
    audioOut: api(
      { output: file(), contentType: 'audio/mp3' },
      () => new FileData(new Uint8Array([1, 2]), { name: 'a.bin' }),
    ),
    rawBytes: api({ output: bytes() }, () => new Uint8Array([0, 255])),
    double: api({ input: { arr: ndarray() }, output: ndarray() }, ({ arr }) =>
      Float32Array.from(arr.data as Float64Array, (n) => Number(n) * 2),
    ),
    typed: api({ input: { arr: ndarray({ dtype: 'float32', shape: [2, -1] }) } }, ({ arr }) => ({
      dtype: arr.dtype,
      shape: arr.shape,
      arr,
    })),
    exact: api(
      { input: { arr: ndarray({ dtype: 'int32', shape: [2, 2], enforceDtype: true, enforceShape: true }) } },
      ({ arr }) => arr.dtype,
    ),
    rows: api({ input: { frame: table({ columns: ['a'] }) } }, ({ frame }) => frame.length),
    inside: api({}, () => ({ file: new FileData('hi', { name: 'a.txt' }), bytes: new Uint8Array([1]) })),
  },
})

let served: Served
beforeAll(async () => {
  served = await startGateway({ protocol: 'http' }, Sample)
})
afterAll(() => served.close())

const post = async (path: string, body: RequestInit['body'], headers: Record<string, string> = {}) => {
  const response = await fetch(`http://127.0.0.1:${served.port}/${path}`, {
    method: 'POST',
    body: body ?? null,
    headers,
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  const isJson = response.headers.get('content-type') === 'application/json'
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    json: isJson ? JSON.parse(bytes.toString()) : undefined,
  }
}
const json = (path: string, body: unknown) => post(path, JSON.stringify(body), { 'content-type': 'application/json' })
const form = (...parts: [string, string | Blob, string?][]) => {
  const data = new FormData()
  for (const [name, value, filename] of parts) {
    if (typeof value === 'string') data.append(name, value)
    else data.append(name, value, filename)
  }
  return data
}

describe('arguments of a typed endpoint in a form', () => {
  it('takes files with their names, texts as JSON or as they are, lists as repeated fields or as JSON', async () => {
    const hello = new Blob(['hello'], { type: 'text/plain' })
    const { json } = await post(
      'upload',
      form(
        ['file', hello, 'ä b.txt'],
        ['note', '"n1"'],
        ['opts', '{"prompt":"q"}'],
        ['tags', 'a'],
        ['tags', '"b"'],
        ['count', '3'],
      ),
    )
    expect(json).toEqual({
      file: { name: 'ä b.txt', type: 'text/plain', size: 5 },
      text: 'hello',
      note: 'n1',
      count: 3,
      opts: { prompt: 'q', scale: 0.5 },
      tags: ['a', 'b'],
    })
    const raw = await post(
      'upload',
      form(['note', 'raw note'], ['tags', '["x", "y"]'], ['file', hello, '../../etc/passwd']),
    )
    expect(raw.json).toMatchObject({ file: { name: 'passwd' }, note: 'raw note', tags: ['x', 'y'] })
  })

  it('takes several files of one name in their order, and large ones whole', async () => {
    const large = new Blob([new Uint8Array(3_000_000).fill(7)])
    const { json } = await post(
      'uploadMany',
      form(['files', large, 'a'], ['files', new Blob([]), 'b'], ['files', new Blob(['x']), 'c']),
    )
    expect(json.map(({ name, size }: FileData) => [name, size])).toEqual([
      ['a', 3_000_000],
      ['b', 0],
      ['c', 1],
    ])
  })

  it('takes a form in pieces of no said length, and a compressed one', async () => {
    const text = '--B\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nhello\r\n--B--\r\n'
    const type = { 'content-type': 'multipart/form-data; boundary=B' }
    const pieces = new ReadableStream({
      start(controller) {
        for (const piece of [text.slice(0, 30), text.slice(30, 70), text.slice(70)])
          controller.enqueue(Buffer.from(piece))
        controller.close()
      },
    })
    const streamed = await fetch(`http://127.0.0.1:${served.port}/upload`, {
      method: 'POST',
      body: pieces,
      headers: type,
      duplex: 'half',
    } as RequestInit)
    expect(((await streamed.json()) as { text: string }).text).toBe('hello')
    expect((await post('upload', gzipSync(text), { ...type, 'content-encoding': 'gzip' })).json.text).toBe('hello')
  })

  it.each([
    ['a text in a file field', form(['file', 'no file']), ['path_type', 'file']],
    ['no file', form(['note', 'n']), ['missing', 'file']],
  ])('refuses %s', async (_, body, [type, loc]) => {
    const { status, json } = await post('upload', body)
    expect([status, json.detail]).toEqual([400, [expect.objectContaining({ type, loc: [loc] })]])
  })

  it('refuses JSON in place of a file', async () => {
    const { status, json: answer } = await json('upload', { file: 'abc' })
    expect([status, answer.detail[0].type]).toEqual([400, 'path_type'])
  })

  it.each([
    [
      'ends early',
      '--B\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nhel',
      'multipart/form-data; boundary=B',
    ],
    ['has no boundary', 'x', 'multipart/form-data'],
  ])('refuses a form that %s with 400', async (_, body, type) => {
    const { status, json } = await post('upload', body, { 'content-type': type })
    expect([status, json.error]).toEqual([400, expect.stringContaining('multipart body cannot be read')])
  })

  it('refuses more than a message may have, said before or seen on the way', async () => {
    const small = await startGateway({ protocol: 'http', maxMessageBytes: 1000 }, Sample)
    const post = async (init: RequestInit) =>
      (await fetch(`http://127.0.0.1:${small.port}/upload`, { method: 'POST', ...init })).status
    const body = form(['file', new Blob(['x'.repeat(2000)]), 'a'])
    expect(await post({ body })).toBe(413)
    const endless = new ReadableStream({
      start: (controller) =>
        controller.enqueue(Buffer.from('--B\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n')),
      pull: (controller) => controller.enqueue(Buffer.alloc(500)),
    })
    const headers = { 'content-type': 'multipart/form-data; boundary=B' }
    expect(await post({ body: endless, headers, duplex: 'half' } as RequestInit)).toBe(413)
    await small.close()
  })

  it('reads urlencoded forms', async () => {
    const { json } = await post('rows', new URLSearchParams({ frame: '[{"a": 1}]' }))
    expect(json).toBe(1)
  })

  it('leaves out files that are optional', async () => {
    expect((await json('maybe', {})).json).toBe(false)
    expect((await post('maybe', form(['file', new Blob(['x']), 'a']))).json).toBe(true)
  })
})

describe('one value as the body', () => {
  it('takes a file with the type that the request says, and refuses another than it wants', async () => {
    const ok = await post('audio', 'RIFFxxxx', {
      'content-type': 'audio/wav',
      'content-disposition': 'attachment; filename="a.wav"',
    })
    expect(ok.json).toEqual({ name: 'a.wav', type: 'audio/wav', size: 8 })
    expect((await post('audio', 'x', { 'content-type': 'image/png' })).json.detail[0]).toMatchObject({
      type: 'content_type',
      loc: [],
    })
    expect((await post('audio', form(['any', new Blob(['xy'], { type: 'audio/ogg' }), 'b.ogg']))).json).toMatchObject({
      name: 'b.ogg',
      size: 2,
    })
  })

  it('takes bytes', async () => {
    expect((await post('count', new Uint8Array([0, 255, 1]))).json).toBe(3)
  })
})

describe('images', () => {
  const png = (size: number) =>
    ImageFile.png({ width: size, height: size, data: new Uint8Array(4 * size * size).fill(200) })
      .bytes as Uint8Array<ArrayBuffer>

  it('are unpacked, and given back as files that are shown where they arrive', async () => {
    const { status, headers, bytes } = await post(
      'thumb',
      form(['image', new Blob([png(5)], { type: 'image/png' }), 'i.png'], ['size', '3']),
    )
    expect([status, headers.get('content-type')]).toEqual([200, 'image/png'])
    expect(headers.get('content-disposition')).toBe('inline; filename=5x5.png')
    expect(PNG.sync.read(bytes)).toMatchObject({ width: 3, height: 3 })
  })

  it.each([
    ['text', Buffer.from('not an image')],
    ['an image that breaks off', Buffer.from(png(50)).subarray(0, 60)],
    ['another format', Buffer.from('GIF89a\x01\x00\x01\x00\x00\x00\x00;', 'latin1')],
    ['more pixels than are unpacked', Buffer.from(png(1)).fill(0x7f, 17, 20)],
  ])('are refused where they are %s', async (_, data) => {
    const { status, json } = await post('thumb', form(['image', new Blob([data]), 'i.png']))
    expect([status, json.detail[0].loc]).toEqual([400, ['image']])
  })
})

describe('tensors', () => {
  it('come and go as nested lists', async () => {
    expect((await json('double', { arr: [1, 2.5] })).json).toEqual([2, 5])
  })

  it('are converted to the dtype and the shape that are wanted', async () => {
    expect((await json('typed', { arr: [[1], [2], [3], [4.5]] })).json).toEqual({
      dtype: 'f4',
      shape: [2, 2],
      arr: [
        [1, 2],
        [3, 4.5],
      ],
    })
    expect((await json('typed', { arr: [1, 2, 3] })).json.detail[0]).toEqual({
      type: 'value_error',
      loc: ['arr'],
      msg: 'cannot reshape array of size 3 into shape (2,-1)',
    })
  })

  it.each([
    ['another shape', [1, 2, 3, 4]],
    [
      'another dtype',
      [
        [1.5, 2],
        [3, 4],
      ],
    ],
    ['no list', 'abc'],
    ['a ragged list', [[1], [2, 3]]],
  ])('are refused where they are of %s', async (_, arr) => {
    const { status, json: answer } = await json('exact', { arr })
    expect([status, answer.detail[0].loc]).toEqual([400, ['arr']])
    expect(
      (
        await json('exact', {
          arr: [
            [1, 2],
            [3, 4],
          ],
        })
      ).json,
    ).toBe('i4')
  })
})

describe('results that are files', () => {
  it('are sent under their name, with their type, and in ranges', async () => {
    const whole = await json('makeFile', { text: 'héllo', name: 'r ü.txt' })
    expect(whole.bytes.toString()).toBe('héllo')
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': `attachment; filename="r ?.txt"; filename*=UTF-8''r%20%C3%BC.txt`,
      'accept-ranges': 'bytes',
      etag: expect.stringMatching(/^"/),
    })
    const body = JSON.stringify({ text: 'hello' })
    const type = { 'content-type': 'application/json' }
    const part = await post('makeFile', body, { ...type, range: 'bytes=1-2' })
    expect([part.status, part.bytes.toString(), part.headers.get('content-range')]).toEqual([206, 'el', 'bytes 1-2/5'])
    expect((await post('makeFile', body, { ...type, range: 'bytes=9-' })).status).toBe(416)
    expect((await post('makeFile', body, { ...type, range: 'bytes=0-1', 'if-range': '"other"' })).status).toBe(200)
  })

  it('have the type that the endpoint says', async () => {
    expect((await json('audioOut', {})).headers.get('content-type')).toBe('audio/mp3')
  })

  it('are base64 inside JSON; bytes alone are the body', async () => {
    expect((await json('inside', {})).json).toEqual({
      file: { name: 'a.txt', type: 'text/plain', data: 'aGk=' },
      bytes: 'AQ==',
    })
    const { headers, bytes } = await json('rawBytes', {})
    expect([headers.get('content-type'), [...bytes]]).toEqual(['application/octet-stream', [0, 255]])
  })
})

describe('files that are named by URLs', () => {
  const served = { '/a.txt': 'from afar', '/large': 'x'.repeat(200) } as Record<string, string>
  const origin = createServer((request, response) => {
    if (request.url === '/away') response.writeHead(302, { location: '/a.txt' }).end()
    else response.setHeader('content-type', 'text/plain').end(served[request.url ?? ''])
  })
  let at: string
  beforeAll(async () => {
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
    at = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`
  })
  afterAll(() => origin.close())

  const fetched = async (url: string, fileUrls: object, inJson = false) => {
    const gateway = await startGateway({ protocol: 'http', fileUrls }, Sample)
    const body = inJson ? JSON.stringify({ file: url }) : form(['file', url])
    const response = await fetch(`http://127.0.0.1:${gateway.port}/upload`, { method: 'POST', body })
    const answer = await response.json()
    await gateway.close()
    return answer
  }

  it('are not fetched unless their origin is allowed', async () => {
    const { detail } = await fetched(`${at}/a.txt`, {})
    expect(detail).toEqual([{ type: 'url', loc: ['file'], msg: expect.stringContaining('fileUrls.origins') }])
  })

  it('are not fetched from private addresses, by number or by name', async () => {
    for (const url of [`${at}/a.txt`, `${at.replace('127.0.0.1', 'localhost')}/a.txt`, 'http://[::ffff:10.0.0.1]/a']) {
      const { detail } = await fetched(url, { origins: [new URL(url).origin] })
      expect(detail[0].msg).toContain('Connection blocked')
    }
  })

  it.each([false, true])('are fetched with their name and type where that is allowed (in JSON: %s)', async (inJson) => {
    const answer = await fetched(`${at}/a.txt`, { origins: [at], allowPrivate: true }, inJson)
    expect(answer).toMatchObject({ file: { name: 'a.txt', type: 'text/plain', size: 9 }, text: 'from afar' })
  })

  it('are refused where they are too large, or elsewhere', async () => {
    const allowed = { origins: [at], allowPrivate: true, maxBytes: 100 }
    expect((await fetched(`${at}/large`, allowed)).detail[0].msg).toContain('fileUrls.maxBytes')
    expect((await fetched(`${at}/away`, allowed)).detail[0].msg).toContain('answered 302')
  })
})
