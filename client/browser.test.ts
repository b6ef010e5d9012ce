import { builtinModules } from 'node:module'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Flow } from '../flows/index.ts'
import { silent } from '../proto/index.ts'
import { Reference } from '../tests/interop/bento/reference.ts'
import * as browser from './browser.ts'
import { testClient } from './client.conformance.ts'
import { Sample } from './fixtures/sample.ts'
import * as node from './index.ts'

// The browser's half of the client on Node, with a WebSocket of the browsers' interface where Node has none.
const { Client } = browser
const own = globalThis.WebSocket
beforeAll(async () => {
  globalThis.WebSocket ??= (await import('undici')).WebSocket as typeof WebSocket
})
afterAll(() => {
  globalThis.WebSocket = own
})

for (const protocol of ['http', 'websocket'] as const) {
  testClient({
    name: `${protocol} in a browser`,
    async create() {
      const flow = await new Flow({ protocol, host: '127.0.0.1', logger: silent }).add({ uses: Sample }).start()
      const client = new Client({ host: '127.0.0.1', port: flow.port, protocol })
      return { client, close: () => client.close().then(() => flow.close()) }
    },
    skip:
      protocol === 'http'
        ? []
        : [{ reason: 'browsers send none with a WebSocket', tests: ['sends metadata and headers'] }],
  })
}

describe('the client for browsers', () => {
  it('exports what the one for Node does', () => {
    expect(Object.keys(browser).sort()).toEqual(Object.keys(node).sort())
  })

  it('is bundled without anything of Node', async () => {
    const { outputFiles, metafile, warnings } = await build({
      entryPoints: ['client/browser.ts'],
      bundle: true,
      platform: 'browser',
      format: 'esm',
      write: false,
      metafile: true,
      logLevel: 'silent',
    })
    expect(warnings).toEqual([])
    const [output] = Object.values(metafile.outputs)
    expect(output?.imports).toEqual([])
    const libraries = Object.keys(metafile.inputs).filter((path) =>
      /node_modules\/(ws|undici|@grpc|cli-progress)\//.test(path),
    )
    expect(libraries).toEqual([])
    const imported = [
      ...(outputFiles[0]?.text ?? '').matchAll(/(?:\brequire\(|\bimport\(|\bfrom )\s*["']([^"']+)["']/g),
    ]
    const names = imported.map(([, name]) => name?.replace(/^node:/, ''))
    expect(names.filter((name) => name && builtinModules.includes(name))).toEqual([])
  })

  it.each([
    ['gRPC', { protocol: 'grpc' }, 'UNIMPLEMENTED', /browsers do not speak gRPC.*"http" or "websocket"/],
    ['headers over WebSocket', { protocol: 'websocket', metadata: { 'x-a': '1' } }, 'INVALID_ARGUMENT', /"x-a".*http/],
    ['certificates over HTTP', { protocol: 'http', tls: { ca: 'a.pem' } }, 'INVALID_ARGUMENT', /tls\.ca is for Node/],
    ['certificates over WebSocket', { protocol: 'websocket', tls: { ca: 'a.pem' } }, 'INVALID_ARGUMENT', /tls\.ca/],
  ] as const)('says that a browser has no %s', async (_, options, codeName, message) => {
    const client = new Client({ host: 'localhost', ...options })
    await expect(client.post('/x', 'a')).rejects.toMatchObject({ codeName, message })
  })

  it('calls typed endpoints with what a browser has', async () => {
    await using flow = await new Flow({ protocol: 'http', host: '127.0.0.1', logger: silent })
      .add({ uses: Reference })
      .start()
    await using svc = browser.connect(`http://127.0.0.1:${flow.port}`)
    expect(await svc.isReady()).toBe(true)
    expect(await svc.call('add', { a: 1, b: 2 })).toBe(3)
    for (const file of [new File(['hello'], 'a.txt'), { content: new Blob(['hello']).stream(), name: 'a.txt' }]) {
      expect(await svc.call('upload', { file })).toMatchObject({ name: 'a.txt', size: 5 })
    }
    const made: browser.FileResult = await svc.call('make_file', { text: 'abc' })
    expect(await (await made.blob()).text()).toBe('abc')
    const items: string[] = []
    for await (const item of svc.call('stream_count', { n: 2 })) items.push(item)
    expect(items).toEqual(['0\n', '1\n'])
    for (const call of [
      svc.call('upload', { file: 'a.txt' }),
      svc.call('make_file', { text: '' }).then((f) => f.path()),
    ])
      await expect(call).rejects.toMatchObject({ codeName: 'UNIMPLEMENTED', message: /a browser has no files/ })
  })
})
