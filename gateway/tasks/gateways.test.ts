import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { api, defineExecutor } from '../../executors/index.ts'
import { startGateway } from '../../tests/e2e/peers/gateway.ts'
import { root } from '../../tests/interop/peers.ts'

const run = promisify(execFile)

describe('a gateway with tasks', () => {
  const Tasks = defineExecutor({ name: 'Tasks', apis: { job: api({ task: true }, () => 1) } })

  it('says once, when it starts, that without Redis they are lost with it', async () => {
    const warned: string[] = []
    const logger = { debug() {}, info() {}, error() {}, warn: (_: object, message = '') => void warned.push(message) }
    const gateway = await startGateway({ protocol: 'http' }, Tasks, { logger })
    expect(warned).toEqual([expect.stringContaining('tasks are kept in memory, and lost when this process ends')])
    await fetch(`http://127.0.0.1:${gateway.port}/job/submit`, { method: 'POST' })
    expect(warned).toHaveLength(1)
    await gateway.close()
  })

  it('says nothing where no endpoint is one', async () => {
    const warned: string[] = []
    const logger = { debug() {}, info() {}, error() {}, warn: (_: object, message = '') => void warned.push(message) }
    const Plain = defineExecutor({ name: 'Plain', apis: { plain: api({}, () => 1) } })
    await (await startGateway({ protocol: 'http' }, Plain, { logger })).close()
    expect(warned).toEqual([])
  })

  it('that is one of a cluster does not start without Redis: another would be asked for what this one has', {
    timeout: 60_000,
  }, async () => {
    const file = fileURLToPath(new URL('fixtures/cluster.ts', import.meta.url))
    const { stdout } = await run(process.execPath, ['--import', 'tsx', file], { cwd: root })
    expect(stdout).toContain('tasks in memory are for one gateway, and this is one of a cluster. Give the flow a Redis')
  })

  it('has no endpoint at the path of a task’s sub-route', async () => {
    const apis = { job: api({ task: true }, () => 1), other: api({ route: '/job/status' }, () => 1) }
    const Taken = defineExecutor({ name: 'Taken', apis })
    await expect(startGateway({ protocol: 'http' }, Taken)).rejects.toThrow('the path /job/status')
  })

  it('tells clients and the OpenAPI page of them: five sub-routes, each with a name of its own', async () => {
    const gateway = await startGateway({ protocol: 'http' }, Tasks)
    const json = async (path: string) => (await fetch(`http://127.0.0.1:${gateway.port}${path}`)).json()
    expect((await json('/schema.json')).routes).toMatchObject([{ name: 'job', is_task: true }])
    const { paths } = await json('/openapi.json')
    const told = Object.entries(paths as Record<string, Record<string, { operationId: string }>>)
      .filter(([path]) => path.startsWith('/job/'))
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, { operationId }]) => [method, path, operationId]),
      )
    expect(told).toEqual([
      ['post', '/job/submit', 'executor0__job__submit'],
      ['get', '/job/status', 'executor0__job__status'],
      ['get', '/job/get', 'executor0__job__get'],
      ['post', '/job/retry', 'executor0__job__retry'],
      ['put', '/job/cancel', 'executor0__job__cancel'],
    ])
    expect(JSON.stringify(paths['/job/status'])).toContain('"enum":["in_progress","completed","failed","canceled"]')
    await gateway.close()
  })

  it('refuses a task that would stream', () => {
    const streams = { job: api({ task: true, stream: true }, function* () {}) }
    expect(() => defineExecutor({ name: 'Streams', apis: streams })).toThrow('a task that streams')
  })
})
