import { afterEach, describe, expect, it } from 'vitest'
import {
  CallContext,
  DataRequest,
  Document,
  DocumentArray,
  FlowError,
  type JsonObject,
  type Logger,
} from '../../proto/index.ts'
import { SupervisedWorker, type SupervisorOptions } from './supervisor.ts'

const baseDir = new URL('fixtures/', import.meta.url).pathname
const logged: { level: string; fields: JsonObject; message: string | undefined }[] = []
const log = (level: string) => (fields: object, message?: string) =>
  void logged.push({ level, fields: fields as JsonObject, message })
const logger: Logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }

let worker: SupervisedWorker
afterEach(() => worker?.close())

async function start(options: Partial<SupervisorOptions> = {}, uses = './executors.ts#Sample'): Promise<void> {
  logged.length = 0
  const spec = { name: 'sample', uses, baseDir, concurrency: 10, maxQueued: 10, exposeStacks: false }
  worker = await SupervisedWorker.start({ spec, logger, backoffMs: 1, ...options })
}

function ask(on: string, parameters: JsonObject = {}, call = new CallContext(), text = 'hello') {
  const docs = new DocumentArray([new Document(text)])
  return worker.send(new DataRequest({ header: { execEndpoint: on }, parameters, docs }), call)
}

const within = (ms: number) => {
  const call = new CallContext({ deadline: performance.now() + ms })
  setTimeout(() => call.cancel(new FlowError('DEADLINE_EXCEEDED', 'too late')), ms)
  return call
}

const where = async () => (await ask('/where')).parameters.__results__ as { 'sample/rep-0': { thread: number } }

describe('an executor in a worker thread', () => {
  it('answers from a thread of its own, with its environment and options', async () => {
    await start({
      env: { WORKER_SETTING: 'x' },
      spec: {
        name: 'sample',
        uses: './executors.ts#Sample',
        baseDir,
        options: { a: 1 },
        concurrency: 10,
        maxQueued: 10,
        exposeStacks: false,
      },
    })
    expect((await ask('/upper')).docs.texts).toEqual(['HELLO'])
    const result = (await where())['sample/rep-0']
    expect(result).toMatchObject({ setting: 'x', options: { a: 1 } })
    expect(result.thread).toBeGreaterThan(0)
    expect(process.env.WORKER_SETTING).toBeUndefined()
    expect(worker.endpoints).toContain('/upper')
  })

  it('that throws resolves with the status', async () => {
    await start()
    expect((await ask('/fail')).status?.exception).toMatchObject({ name: 'RangeError', executor: 'Sample' })
    expect(worker.ready).toBe(true)
  })

  it('gives parts as they come', async () => {
    await start()
    const texts: string[] = []
    const emit = async ({ docs }: DataRequest) => void texts.push(...docs.texts)
    const answer = await ask('/words', {}, new CallContext({ emit }), 'call me Ishmael')
    expect([texts, answer.docs.texts]).toEqual([['call', 'me', 'Ishmael'], []])
  })

  it('logs through the logger outside', async () => {
    await start()
    await ask('/log')
    await expect
      .poll(() => logged)
      .toContainEqual({
        level: 'info',
        fields: { at: 'work', err: expect.objectContaining({ message: 'for the log' }) },
        message: 'said inside',
      })
  })

  it('is told when nobody waits any more', async () => {
    await start()
    await expect(ask('/slow', { ms: 60_000 }, within(30))).rejects.toMatchObject({ codeName: 'DEADLINE_EXCEEDED' })
    // it has ended its call, so it is not taken for hung
    await new Promise((resolve) => setTimeout(resolve, 50))
    const { thread } = (await where())['sample/rep-0']
    expect(thread).toBe((await where())['sample/rep-0'].thread)
  })

  it.each(['/crash', '/exit'])(
    'that ends at %s rejects what it held with UNAVAILABLE, and is started again',
    async (on) => {
      await start()
      const before = (await where())['sample/rep-0'].thread
      const held = ask('/slow', { ms: 60_000 })
      await expect(ask(on)).rejects.toMatchObject({ codeName: 'UNAVAILABLE', details: { executor: 'sample' } })
      await expect(held).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
      // waits for the next one
      expect((await where())['sample/rep-0'].thread).toBeGreaterThan(before)
      expect(logged).toContainEqual(
        expect.objectContaining({ level: 'warn', message: expect.stringMatching(/started again/) }),
      )
    },
  )

  it('is given up when it ends too often in a row', async () => {
    await start({ maxRestarts: 2 })
    for (let i = 0; i < 3; i++) await expect(ask('/exit')).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
    await expect(ask('/upper')).rejects.toThrow(/ended 2 times in a row/)
    expect(worker.ready).toBe(false)
  })

  it('is ended when it blocks beyond a deadline, and started again', async () => {
    await start({ hangMs: 100 })
    const blocked = ask('/block', { ms: 60_000 }, within(30))
    await expect(blocked).rejects.toMatchObject({ codeName: 'DEADLINE_EXCEEDED' })
    // what came while it was blocked has never been seen
    await expect(ask('/upper')).rejects.toThrow(/did not stop within 100 ms of a deadline/)
    expect((await ask('/upper')).docs.texts).toEqual(['HELLO'])
  })

  it('finishes what runs when it drains, and closes the executor', async () => {
    await start()
    const running = ask('/slow', { ms: 100 })
    await new Promise((resolve) => setTimeout(resolve, 30))
    await worker.drain()
    expect((await running).failed).toBe(false)
    expect(logged.map(({ message }) => message)).toContain('closed')
    await expect(ask('/upper')).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
  })

  it('that does not start says why', async () => {
    await expect(start({}, './executors.ts#Unready')).rejects.toMatchObject({
      codeName: 'FAILED_PRECONDITION',
      message: expect.stringContaining('Unready did not start: no model'),
    })
    await expect(start({}, './missing.ts')).rejects.toMatchObject({ codeName: 'NOT_FOUND' })
  })
})
