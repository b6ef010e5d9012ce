import { describe, expect, it } from 'vitest'
import { type Event, judge } from './history.ts'

const sent: Event = { kind: 'sent', id: 'a', at: 0 }
const start = (at: number, pid = 1): Event => ({ kind: 'start', id: 'a', at, pid })
const finish = (at: number, pid = 1): Event => ({ kind: 'finish', id: 'a', at, pid })
const ok: Event = { kind: 'ok', id: 'a', at: 1000 }
const error: Event = { kind: 'error', id: 'a', at: 1000, code: 'ABORTED' }
const loss = (at: number): Event => ({ kind: 'loss', at })

describe('the history checker', () => {
  it('finds nothing wrong with one start, one finish and one answer', () => {
    expect(judge([sent, start(10), finish(20), ok])).toEqual({
      requests: 1,
      answered: 1,
      errors: {},
      repeated: [],
      wrong: [],
    })
  })

  it('counts errors by their code, and asks for no finish', () => {
    expect(judge([sent, start(10), error])).toMatchObject({ answered: 0, errors: { ABORTED: 1 }, wrong: [] })
    expect(judge([sent, error])).toMatchObject({ wrong: [] })
  })

  it('finds requests without an outcome, and with two', () => {
    expect(judge([sent, start(10), finish(20)]).wrong).toEqual(['a has no outcome'])
    expect(judge([sent, start(10), finish(20), ok, error]).wrong).toEqual(['a has 2 outcomes'])
  })

  it('finds answers that nobody had finished', () => {
    expect(judge([sent, start(10), ok]).wrong).toEqual(['a was answered, and nobody had finished it'])
    expect(judge([sent, start(10), ok, finish(2000)]).wrong).toEqual(['a was answered, and nobody had finished it'])
  })

  it('allows a second start after a loss, and counts it', () => {
    expect(judge([sent, start(10), loss(100), start(500, 2), finish(600, 2), ok])).toMatchObject({
      repeated: ['a'],
      wrong: [],
    })
  })

  it('finds a second start without a loss, or with one that came before or after both', () => {
    const wrong = ['a began again, and nothing had been lost']
    expect(judge([sent, start(100), finish(200), start(300, 2), finish(400, 2), ok]).wrong).toEqual(wrong)
    expect(judge([loss(10), sent, start(100), start(300, 2), finish(400, 2), ok]).wrong).toEqual(wrong)
    expect(judge([sent, start(100), start(300, 2), finish(400, 2), ok, loss(900)]).wrong).toEqual(wrong)
  })

  it('finds a second start of what may run once, whatever was lost', () => {
    const once: Event = { kind: 'sent', id: 'a', at: 0, onceOnly: true }
    expect(judge([once, start(10), loss(100), start(500, 2), finish(600, 2), ok]).wrong).toEqual([
      'a may run once, and began 2 times',
    ])
  })

  it('finds work that nobody had sent', () => {
    expect(judge([start(10), finish(20)]).wrong).toEqual(['a was run, but never sent'])
  })
})
