import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiContext, api, Executor } from '../../../executors/index.ts'
import { type Served, startGateway } from '../../../tests/e2e/peers/gateway.ts'

let stopped = 0
let release = () => {}

class Limited extends Executor {
  @api({ timeoutMs: 100 })
  async slow(_: object, { signal }: ApiContext) {
    await sleep(60_000, undefined, { signal }).finally(() => stopped++)
  }

  @api({ timeoutMs: 60_000 })
  async patient() {
    await sleep(400)
    return 'done'
  }

  @api({ maxConcurrency: 1 })
  async held() {
    await new Promise<void>((resolve) => (release = resolve))
    return 'held'
  }

  @api()
  free() {
    return 'free'
  }
}

let served: Served
beforeAll(async () => {
  served = await startGateway({ protocol: 'http', timeoutMs: 200 }, Limited)
})
afterAll(() => served.close())

const post = async (path: string) => {
  const response = await fetch(`http://127.0.0.1:${served.port}${path}`, { method: 'POST' })
  return { status: response.status, text: await response.text(), retryAfter: response.headers.get('retry-after') }
}

describe('a typed endpoint with limits of its own', () => {
  it('ends a call that takes longer with 504, and tells the method to stop', async () => {
    const { status, text } = await post('/slow')
    expect([status, JSON.parse(text)]).toEqual([504, { error: 'Not able to process the request in 0.1 seconds' }])
    expect(stopped).toBe(1)
  })

  it('may take longer than others do', async () => {
    expect(await post('/patient')).toMatchObject({ status: 200, text: '"done"' })
  })

  it('refuses what is too much with 429 and when to come again, and lets others be', async () => {
    const held = post('/held')
    await expect.poll(async () => (await post('/held')).status).toBe(429)
    const { text, retryAfter } = await post('/held')
    expect([JSON.parse(text), retryAfter]).toEqual([{ error: 'Too many requests' }, '1'])
    expect((await post('/free')).status).toBe(200)
    release()
    expect((await held).status).toBe(200)
  })

  it.each([{ timeoutMs: 0 }, { timeoutMs: Number.NaN }, { maxConcurrency: 1.5 }])('is refused with %j', (options) => {
    expect(() => api(options)(() => 1, { name: 'x' } as ClassMethodDecoratorContext<Executor, () => number>)).toThrow(
      /typed endpoint "x": (timeoutMs|maxConcurrency) is/,
    )
  })
})
