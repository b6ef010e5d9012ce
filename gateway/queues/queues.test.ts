import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Queue } from 'bullmq'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Flow, parseFlow } from '../../flows/index.ts'
import { silent } from '../../proto/index.ts'
import { root } from '../../tests/interop/peers.ts'
import { hasRedis, type RedisServer, startRedis } from '../../tests/redis.ts'

const run = promisify(execFile)

describe.skipIf(!hasRedis)('queues: true', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  const flow = (options = {}) =>
    new Flow({ transport: 'redis', redis: redis.url, protocol: 'http', logger: silent, queues: true, ...options })

  const json = async (url: string) => (await fetch(url)).json()

  it('shows a page, all of it from here, and the queues of the executors', async () => {
    await using running = await flow({ title: 'My flow' }).add({ name: 'split' }).add({ name: 'embed' }).startGateway()
    const board = `http://localhost:${running.port}/queues`
    const response = await fetch(board)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')])
    // what the page asks for elsewhere is not let out
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'")
    const page = await response.text()
    expect(page).toContain('<base href="/queues/"')
    const own = [...page.matchAll(/(?:src|href)="(static[^"]+)"/g)].map(([, path]) => path)
    expect(own).not.toEqual([])
    for (const path of own) expect((await fetch(`${board}/${path}`)).status, path).toBe(200)
    expect(await json(`${board}/api/queues`)).toMatchObject({
      queues: [
        { name: 'split', readOnlyMode: true },
        { name: 'embed', readOnlyMode: true },
      ],
    })
  })

  it('shows what waits', async () => {
    await using running = await flow({ redis: { url: redis.url, prefix: 'waits' } })
      .add({ name: 'later', waitForExecutors: true })
      .startGateway()
    const queue = new Queue('later', { connection: { port: redis.port }, prefix: 'waits' })
    await queue.add('frames', {})
    const board = `http://localhost:${running.port}/queues`
    expect(await json(`${board}/api/queues`)).toMatchObject({ queues: [{ name: 'later', counts: { waiting: 1 } }] })
    await queue.close()
  })

  it('changes nothing', async () => {
    await using running = await flow().add({ name: 'split' }).startGateway()
    const url = `http://localhost:${running.port}/queues/api/queues/split/pause`
    expect((await fetch(url, { method: 'PUT' })).status).toBe(405)
    const queue = new Queue('split', { connection: { port: redis.port }, prefix: 'sluice' })
    expect(await queue.isPaused()).toBe(false)
    await queue.close()
  })

  it('leaves all other paths to those whose they are', async () => {
    const exposeEndpoints = { '/queuesize': {}, '/x': { httpPath: '/my/queues' } }
    await using running = await flow({ protocol: ['http', 'websocket', 'graphql'], exposeEndpoints })
      .add({ name: 'split', waitForExecutors: true })
      .startGateway()
    const url = `http://localhost:${running.port}`
    const paths = ['/', '/status', '/docs', '/openapi.json']
    expect(await Promise.all(paths.map(async (path) => (await fetch(url + path)).status))).toEqual([200, 200, 200, 200])
    // GET is no method of theirs, and /queuesizes is nothing
    expect((await fetch(`${url}/queuesize`)).headers.get('allow')).toBe('POST')
    expect((await fetch(`${url}/my/queues`)).headers.get('allow')).toBe('POST')
    expect((await fetch(`${url}/queuesizes`)).status).toBe(404)
  })

  it('is off unless asked for, and is asked for in YAML too', async () => {
    await using running = await flow({ queues: false }).add({ name: 'split' }).startGateway()
    expect((await fetch(`http://localhost:${running.port}/queues`)).status).toBe(404)
    const yml = `jtype: Flow\nwith: {protocol: http, transport: redis, redis: "${redis.url}", queues: true}\nexecutors: [{name: split}]`
    await using shown = await parseFlow(yml, 'flow.yml').startGateway()
    expect((await fetch(`http://localhost:${shown.port}/queues/`)).status).toBe(200)
  })

  it('is refused where no executor has a queue, HTTP is not spoken, or the path is taken', async () => {
    await expect(new Flow({ protocol: 'http', queues: true, logger: silent }).add().start()).rejects.toThrow(
      /queues: no deployment of this flow has one/,
    )
    await expect(flow({ protocol: 'grpc' }).add().startGateway()).rejects.toThrow(/queues: .*Add "http"/)
    await expect(
      flow({ exposeEndpoints: { '/x': { httpPath: '/queues/x' } } })
        .add()
        .startGateway(),
    ).rejects.toThrow(/queues: the endpoint "\/x" is exposed/)
  })

  it('says in one sentence what to install where bull-board is missing', { timeout: 60_000 }, async () => {
    const code = `
      import { Flow } from 'sluice'
      const options = { transport: 'redis', redis: '${redis.url}', protocol: 'http', queues: true }
      await new Flow(options).add({ name: 'split' }).startGateway().catch((error) => console.log(error.message))
      process.exit()`
    const without = ['--import', './tests/without.js', '--import', 'tsx', '--input-type=module', '--eval', code]
    const { stdout } = await run(process.execPath, without, {
      cwd: root,
      env: { ...process.env, WITHOUT: '@bull-board/' },
    })
    expect(stdout).toContain('showing queues needs bull-board. npm install @bull-board/api @bull-board/express')
  })
})
