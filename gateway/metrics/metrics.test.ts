import { Counter, register } from 'prom-client'
import { afterEach, describe, expect, it } from 'vitest'
import { type Context, type DocumentArray, defineExecutor } from '../../executors/index.ts'
import { Flow } from '../../flows/index.ts'
import { FlowError, silent } from '../../proto/index.ts'
import { type Served, startGateway } from '../../tests/e2e/peers/gateway.ts'
import { WebSocketPeer } from '../../tests/e2e/peers/websocket.ts'
import { hasRedis, startRedis } from '../../tests/redis.ts'
import type { GatewayOptions } from '../index.ts'

const Sample = defineExecutor({
  name: 'Sample',
  requests: {
    '/well': () => {},
    '/ill': () => Promise.reject(new RangeError('no')),
    '/refused': () => Promise.reject(new FlowError('UNAVAILABLE', 'not now')),
    '/hold': (_docs: DocumentArray, { signal }: Context) =>
      new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  },
})

let served: Served | undefined
let url: string
afterEach(async () => {
  await served?.close()
  served = undefined
})

const serve = async (options: GatewayOptions = {}) => {
  served = await startGateway({ protocol: ['http', 'websocket'], ...options }, Sample)
  url = `http://127.0.0.1:${served.port}`
}

const post = (execEndpoint: string, headers = {}, signal?: AbortSignal) =>
  fetch(`${url}/post`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ data: [{ text: 'a' }], execEndpoint }),
    ...(signal && { signal }),
  })

/** Values by what stands before them. */
const metrics = async (): Promise<Record<string, number>> => {
  const response = await fetch(`${url}/metrics`)
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    expect.stringMatching(/^text\/plain; version=/),
  ])
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  )
}

describe('/metrics', () => {
  it('counts requests by protocol, endpoint and how they ended, and how long they took', async () => {
    await serve()
    await post('/well')
    await post('/well')
    await post('/ill')
    await post('/hold', { 'sluice-timeout-ms': '20' })
    const peer = await WebSocketPeer.open(served?.port as number)
    await peer.send({ data: [{ text: 'a' }], execEndpoint: '/well' }).received(1)
    peer.socket.terminate()
    const told = await metrics()
    expect(told).toMatchObject({
      'sluice_requests_total{protocol="http",endpoint="/well",code="OK"}': 2,
      'sluice_requests_total{protocol="http",endpoint="/ill",code="FAILED"}': 1,
      'sluice_requests_total{protocol="http",endpoint="/hold",code="DEADLINE_EXCEEDED"}': 1,
      'sluice_requests_total{protocol="websocket",endpoint="/well",code="OK"}': 1,
      'sluice_request_duration_seconds_count{protocol="http",endpoint="/well",code="OK"}': 2,
      'sluice_request_duration_seconds_bucket{protocol="http",endpoint="/well",code="OK",le="+Inf"}': 2,
      'sluice_request_duration_seconds_bucket{protocol="http",endpoint="/hold",code="DEADLINE_EXCEEDED",le="0.005"}': 0,
      'sluice_deployment_requests_total{deployment="executor0",endpoint="/well",code="OK"}': 3,
      'sluice_requests_in_flight{protocol="http",endpoint="/well"}': 0,
      sluice_ready: 1,
      sluice_in_flight_bytes: 0,
    })
    const sum = told['sluice_request_duration_seconds_sum{protocol="http",endpoint="/hold",code="DEADLINE_EXCEEDED"}']
    expect(sum).toBeGreaterThan(0.015)
  })

  it('shows what runs', async () => {
    await serve()
    const leave = new AbortController()
    const held = post('/hold', {}, leave.signal).catch(() => {})
    await expect.poll(metrics).toMatchObject({
      'sluice_requests_in_flight{protocol="http",endpoint="/hold"}': 1,
      'sluice_deployment_requests_in_flight{deployment="executor0",endpoint="/hold"}': 1,
    })
    leave.abort()
    await held
    await expect.poll(metrics).toMatchObject({
      'sluice_requests_total{protocol="http",endpoint="/hold",code="CANCELLED"}': 1,
      'sluice_requests_in_flight{protocol="http",endpoint="/hold"}': 0,
    })
  })

  it('counts what strangers make up together', async () => {
    await serve()
    for (let i = 0; i < 20; i++) await post(`/made-up-${i}`)
    const names = Object.keys(await metrics()).join('\n')
    expect(names).not.toContain('made-up')
    expect(await metrics()).toMatchObject({ 'sluice_requests_total{protocol="http",endpoint="other",code="OK"}': 20 })
  })

  it('counts neither probes nor itself', async () => {
    await serve()
    for (const path of ['/livez', '/readyz', '/metrics', '/docs']) await fetch(url + path)
    expect(Object.keys(await metrics()).filter((name) => name.startsWith('sluice_requests'))).toEqual([])
  })

  it('shows the process, and what executors count with prom-client', async () => {
    await serve()
    const own = new Counter({ name: 'my_documents_total', help: 'Mine' })
    own.inc(3)
    expect(await metrics()).toMatchObject({
      my_documents_total: 3,
      process_resident_memory_bytes: expect.any(Number),
      nodejs_eventloop_lag_seconds: expect.any(Number),
    })
    register.removeSingleMetric('my_documents_total')
  })

  it('can be left out', async () => {
    await serve({ metrics: false })
    expect((await fetch(`${url}/metrics`)).status).toBe(404)
    expect((await post('/well')).status).toBe(200)
  })

  it('tells HTTP in BentoML’s names too, where it is asked for them', async () => {
    await serve({ compat: 'bento', title: 'iris', exposeEndpoints: { '/well': { httpPath: '/v1/well' } } })
    const labels = (path: string, more = '') =>
      `endpoint="${path}",runner_name="iris",service_name="iris",service_version="not available"${more}`
    // those that were not asked for are there
    expect(await metrics()).toMatchObject({
      [`bentoml_service_request_total{${labels('/v1/well', ',http_response_code="200"')}}`]: 0,
      [`bentoml_service_request_total{${labels('/v1/well', ',http_response_code="500"')}}`]: 0,
    })
    await fetch(`${url}/v1/well`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })
    await post('/hold', { 'sluice-timeout-ms': '20' })
    expect(await metrics()).toMatchObject({
      [`bentoml_service_request_total{${labels('/v1/well', ',http_response_code="200"')}}`]: 1,
      [`bentoml_service_request_duration_seconds_count{${labels('/v1/well', ',http_response_code="200"')}}`]: 1,
      [`bentoml_service_request_total{${labels('/hold', ',http_response_code="504"')}}`]: 1,
      [`bentoml_service_request_in_progress{${labels('/hold')}}`]: 0,
      'bentoml_service_last_request_timestamp_seconds{runner_name="iris",service_name="iris",service_version="not available"}':
        expect.closeTo(Date.now() / 1000, -2),
    })
  })
})

describe.skipIf(!hasRedis)('/metrics of a flow with queues', () => {
  it('tells what waits for executors elsewhere, and how many are there', async () => {
    const redis = await startRedis()
    await using flow = await new Flow({ protocol: 'http', transport: 'redis', redis: redis.url, logger: silent })
      .add({ name: 'embed', waitForExecutors: true })
      .startGateway()
    url = `http://127.0.0.1:${flow.port}`
    const leave = new AbortController()
    const waiting = post('/x', {}, leave.signal).catch(() => {})
    await expect.poll(metrics).toMatchObject({
      'sluice_deployment_queued{deployment="embed"}': 1,
      'sluice_deployment_open_jobs{deployment="embed"}': 0,
      'sluice_deployment_consumers{deployment="embed"}': 0,
      'sluice_deployment_late_replies{deployment="embed"}': 0,
    })
    leave.abort()
    await waiting
    await flow.close()
    await redis.stop()
  })
})
