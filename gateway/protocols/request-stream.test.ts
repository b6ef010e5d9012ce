import { beforeEach, describe, expect, it } from 'vitest'
import { type Call, CallContext, DataRequest, FlowError, type Handler, silent } from '../../proto/index.ts'
import { Tasks, taskOptions } from '../tasks/index.ts'
import { ByteBudget } from './byte-budget.ts'
import { RequestStream } from './request-stream.ts'
import type { RequestStreamOptions, Wire } from './wire.ts'

/** A wire whose messages are the ids of their requests, and that writes down all that is done to it. */
class Tape implements Wire<string> {
  readonly log: string[] = []
  /** False: what is written piles up. */
  flows = true

  decode(message: string): DataRequest {
    if (message.startsWith('bad')) throw new Error('unreadable')
    return new DataRequest({ header: { requestId: message, parts: message.startsWith('parts') } })
  }

  encode({ header: { requestId, status, part } }: DataRequest): string {
    if (part !== undefined) return `${requestId} ${part}`
    return status ? `${requestId} ${status.exception?.name}` : requestId
  }

  write(message: string): boolean {
    this.log.push(message)
    return this.flows
  }

  pause(): void {
    this.log.push('(pause)')
  }

  resume(): void {
    this.log.push('(resume)')
  }

  end(): void {
    this.log.push('(end)')
  }

  fail({ codeName }: FlowError): void {
    this.log.push(`(fail ${codeName})`)
  }
}

/** Requests that were begun, by id, each with how to answer it. */
let begun: Map<string, { answer: () => void; fail: (error: unknown) => void; emit: Call['emit'] }>
const handler: Handler = (request, { emit }) =>
  new Promise((resolve, reject) => {
    begun.set(request.header.requestId, { answer: () => resolve(request), fail: reject, emit })
  })

beforeEach(() => {
  begun = new Map()
})

const soon = () => new Promise((resolve) => setImmediate(resolve))
const answer = (...ids: string[]) => {
  for (const id of ids) begun.get(id)?.answer()
  return soon()
}

function open(options: Partial<RequestStreamOptions> = {}, budget = new ByteBudget(1000)) {
  const wire = new Tape()
  const front = { handler, budget, dryRun: async () => ({ code: 0 as const, description: '' }), logger: silent }
  const context = new CallContext()
  const rest = { info: () => ({ jina: {}, envs: {} }), unready: () => [], services: () => [] }
  const tasks = new Tasks({ services: () => [], options: taskOptions.parse({}), logger: silent })
  const stream = new RequestStream(
    wire,
    { ...front, ...rest, tasks },
    { context, prefetch: 0, maxConnectionBytes: 1000, ...options },
  )
  return { wire, stream, budget, context }
}

describe('a request stream', () => {
  it('answers as requests finish, or in their order', async () => {
    const [free, ordered] = [open(), open({ inOrder: true })]
    for (const { stream, wire } of [free, ordered]) {
      for (const id of ['a', 'b', 'c']) stream.take(id)
      await answer('c')
      await answer('a', 'b')
      expect(wire.log).toEqual(stream === free.stream ? ['c', 'a', 'b'] : ['a', 'b', 'c'])
    }
  })

  it('begins no more than prefetch, and keeps what was read before the pause for later', async () => {
    const { stream, wire } = open({ prefetch: 2 })
    for (const id of ['a', 'b', 'c', 'd']) stream.take(id)
    expect([...begun.keys()]).toEqual(['a', 'b'])
    await answer('b')
    expect([...begun.keys()]).toEqual(['a', 'b', 'c'])
    await answer('a', 'c', 'd')
    await answer('d')
    expect(wire.log).toEqual(['(pause)', 'b', 'a', 'c', '(resume)', 'd'])
  })

  it('counts what it has read, runs and has not sent, and gives all of it back', async () => {
    const { stream, wire, budget } = open({ prefetch: 1 })
    for (const id of ['aa', 'bbb', 'cccc']) stream.take(id)
    expect(budget.usedBytes).toBe(9)
    wire.flows = false
    await answer('aa')
    expect([budget.usedBytes, [...begun.keys()]]).toEqual([9, ['aa']])
    stream.drained()
    expect([budget.usedBytes, [...begun.keys()]]).toEqual([7, ['aa', 'bbb']])
    stream.leave()
    expect(budget.usedBytes).toBe(0)
  })

  it('runs one at a time where there is room for none: what waits cannot wait for itself', async () => {
    const budget = new ByteBudget(4)
    const [one, two] = [open({}, budget), open({ maxConnectionBytes: 1 }, budget)]
    for (const id of ['one1', 'one2']) one.stream.take(id)
    for (const id of ['two1', 'two2']) two.stream.take(id)
    expect([...begun.keys()]).toEqual(['one1', 'two1'])
    await answer('one1', 'two1')
    expect([...begun.keys()]).toEqual(['one1', 'two1', 'one2', 'two2'])
    await answer('one2', 'two2')
    expect(budget.usedBytes).toBe(0)
  })

  it('answers a request that fails in its place', async () => {
    const { stream, wire } = open()
    for (const id of ['a', 'b']) stream.take(id)
    begun.get('a')?.fail(new FlowError('UNAVAILABLE', 'gone'))
    await answer('b')
    expect(wire.log).toEqual(['a UNAVAILABLE', 'b'])
  })

  it('answers what came before a message that is none, then breaks off', async () => {
    const { stream, wire, budget } = open({ prefetch: 1 })
    for (const id of ['a', 'b', 'bad', 'c']) stream.take(id)
    await answer('a')
    await answer('b')
    expect(wire.log.filter((line) => line !== '(resume)')).toEqual(['(pause)', 'a', 'b', '(fail INVALID_ARGUMENT)'])
    expect([begun.has('c'), budget.usedBytes]).toEqual([false, 0])
  })

  it('answers all that was sent before its peer ended, and nothing that came after', async () => {
    const { stream, wire } = open({ prefetch: 1 })
    for (const id of ['a', 'b']) stream.take(id)
    stream.end()
    stream.take('c')
    await answer('a')
    await answer('b')
    expect(wire.log.filter((line) => line.length === 1)).toEqual(['a', 'b'])
    expect(wire.log.at(-1)).toBe('(end)')
  })

  it('answers only what runs where it is told to stop', async () => {
    const { stream, wire } = open({ prefetch: 1 })
    for (const id of ['a', 'b']) stream.take(id)
    stream.stop()
    await answer('a')
    expect(wire.log.filter((line) => line !== '(resume)')).toEqual(['(pause)', 'a', '(end)'])
  })

  it('ends when its answers have left, not before', async () => {
    const { stream, wire } = open()
    wire.flows = false
    stream.take('a')
    stream.end()
    await answer('a')
    expect(wire.log).not.toContain('(end)')
    stream.drained()
    expect(wire.log.at(-1)).toBe('(end)')
  })

  it('writes parts as they come, each when there is room for it, and none after the answer', async () => {
    const { stream, wire } = open()
    stream.take('parts')
    const part = new DataRequest({ header: { requestId: 'parts' } })
    const emit = () => begun.get('parts')?.emit?.(part)
    await emit()
    wire.flows = false
    const second = emit()
    expect(await Promise.race([second, soon().then(() => 'waits')])).toBe('waits')
    wire.flows = true
    stream.drained()
    await second
    await answer('parts')
    await expect(emit()).rejects.toMatchObject({ codeName: 'CANCELLED' })
    expect(wire.log.filter((line) => line.startsWith('parts'))).toEqual(['parts 0', 'parts 1', 'parts'])
  })

  it('asks for no parts where its peer did not', () => {
    const { stream } = open()
    stream.take('a')
    expect(begun.get('a')?.emit).toBeUndefined()
  })

  it('breaks off and cancels what runs where answers are left unread', async () => {
    const { stream, wire, context, budget } = open()
    wire.flows = false
    for (const id of ['a', 'b']) stream.take(id)
    await answer('a')
    stream.stalled()
    expect(wire.log.at(-1)).toBe('(fail DEADLINE_EXCEEDED)')
    expect([context.signal.aborted, budget.usedBytes]).toEqual([true, 0])
  })
})
