import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { defineExecutor } from '../../executors/index.ts'
import { Flow, type RunningFlow } from '../../flows/index.ts'
import { type Logger, silent } from '../../proto/index.ts'
import { pythonWith } from '../python.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const bin = pythonWith(`${here}requirements.txt`)

const Classify = defineExecutor({
  name: 'Classify',
  requests: {
    '/classify': (docs) => {
      for (const doc of docs) doc.text = JSON.parse(doc.text).petal_len > 2 ? 'virginica' : 'setosa'
    },
  },
})

const env = { PYTHONDONTWRITEBYTECODE: '1' }
const uvicorn = [`${bin}/uvicorn`, 'fastapi_app:app', '--port', '{port}', '--root-path', '{path}'] as const
const flask = [`${bin}/flask`, '--app', 'flask_app', 'run', '--port', '{port}'] as const

describe.skipIf(!bin)('Python apps beside the APIs', () => {
  let flow: RunningFlow
  let url: string
  const logged: object[] = []
  const logger: Logger = { ...silent, warn: (fields) => void logged.push(fields) }

  beforeAll(async () => {
    flow = await new Flow({
      protocol: ['http', 'websocket'],
      host: '127.0.0.1',
      logger,
      exposeEndpoints: { '/v1/models/iris': {} },
    })
      .add({ name: 'iris', uses: Classify })
      .mount('/v1', { command: uvicorn, cwd: here, env, probe: '/metadata' }, { timeoutMs: 1000 })
      .mount('/flask', { command: flask, cwd: here, env })
      .start()
    url = `http://127.0.0.1:${flow.port}`
  }, 120_000)
  afterAll(() => flow?.close())

  const json = async (path: string, body?: unknown, headers = {}) => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const response = await fetch(url + path, { ...init, headers: { 'content-type': 'application/json', ...headers } })
    return [response.status, await response.json()]
  }

  it('FastAPI is asked below its path, and told of the path', async () => {
    expect(await json('/v1/metadata')).toEqual([
      200,
      expect.objectContaining({ root_path: '/v1', url: `${url}/v1/metadata`, prefix: '/v1', for: '127.0.0.1' }),
    ])
    expect(await (await fetch(`${url}/v1/docs`)).text()).toContain('/v1/openapi.json')
    expect(await json('/v1/nothing')).toEqual([404, { detail: 'Not Found' }])
    expect(await json('/v1/predict', { sepal_len: 1 })).toEqual([422, expect.anything()])
  })

  it('FastAPI calls an executor over HTTP', async () => {
    expect(await json('/v1/predict', { sepal_len: 5.9, petal_len: 5.1 })).toEqual([200, { prediction: 'virginica' }])
    expect(await json('/v1/predict', { sepal_len: 5.1, petal_len: 1.4 })).toEqual([200, { prediction: 'setosa' }])
  })

  it('FastAPI speaks WebSocket through its mount, and the gateway beside it', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${flow.port}/v1/ws`)
    const told = new Promise((resolve, reject) => {
      socket.once('message', (data) => resolve(String(data)))
      socket.once('error', reject)
    })
    socket.once('open', () => socket.send('hello'))
    expect(await told).toBe('/v1 hello')
    socket.terminate()
    const refused = new WebSocket(`ws://127.0.0.1:${flow.port}/v1/none`)
    expect(await new Promise((resolve) => refused.once('error', ({ message }) => resolve(message)))).toMatch(/403/)
  })

  it('Flask is asked below its path, and makes addresses with it', async () => {
    expect(await json('/flask/meta')).toEqual([200, { name: 'flask', url: '/flask/meta', script: '/flask' }])
    expect(await json('/flask/predict', [1, 2, 3])).toEqual([200, { sum: 6 }])
  })

  it('they shadow no API, not even one below their path', async () => {
    const body = { data: [{ text: '{"petal_len": 5}' }] }
    expect(await json('/v1/models/iris', body)).toEqual([200, expect.objectContaining({ header: expect.anything() })])
    expect(await json('/post', { ...body, execEndpoint: '/classify' })).toMatchObject([
      200,
      { data: [{ text: 'virginica' }] },
    ])
    expect((await fetch(`${url}/docs`)).status).toBe(200)
  })

  it('what takes too long is a 504 in BentoML’s words, and the app is told that nobody waits', async () => {
    expect(await json('/v1/slow')).toEqual([504, { error: 'Not able to process the request in 1 seconds' }])
  })

  it('one that dies is started again; meanwhile its requests are refused, and /readyz names it', async () => {
    const [, { pid }] = (await json('/v1/metadata')) as [number, { pid: number }]
    const died = await json('/v1/die', {})
    expect(died).toEqual([503, { error: expect.stringMatching(/cannot be reached/) }])
    await expect.poll(async () => (await fetch(`${url}/readyz`)).text()).toBe('not ready: mount /v1\n')
    const refused = await fetch(`${url}/v1/metadata`)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 15_000 }).toBe(200)
    const [, again] = (await json('/v1/metadata')) as [number, { pid: number }]
    expect(again.pid).not.toBe(pid)
    expect(logged).toContainEqual(expect.objectContaining({ mount: '/v1', ended: 3 }))
  })

  it('end with the flow, which waits for no WebSocket of theirs', async () => {
    const [, { pid }] = (await json('/v1/metadata')) as [number, { pid: number }]
    const socket = new WebSocket(`ws://127.0.0.1:${flow.port}/v1/ws`)
    await new Promise((resolve) => socket.once('open', resolve))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await flow.close()
    // uvicorn says goodbye: the service restarts
    expect(await closed).toBe(1012)
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
  })
})

describe.skipIf(!bin)('a Python app that does not start', () => {
  it('stops the flow with the end of what it said', async () => {
    const command = [`${bin}/uvicorn`, 'no_such_module:app', '--port', '{port}'] as const
    const flow = new Flow({ protocol: 'http', host: '127.0.0.1', logger: silent })
      .add()
      .mount('/v1', { command, cwd: here, env })
    await expect(flow.start()).rejects.toThrow(
      /failed_precondition\] the app at \/v1 ended with \d before it answered: [\s\S]*no_such_module/,
    )
  })
})
