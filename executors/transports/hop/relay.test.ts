import { describe, expect, it } from 'vitest'
import { decodeFrame, encodeFrame, FlowError, type Frame, type FrameKind } from '../../../proto/index.ts'
import { markLost } from '../../workers/lost.ts'
import { HopRelay, type RelayBack } from './relay.ts'

function caller() {
  const frames: Frame[] = []
  const kinds: FrameKind[] = []
  const heard = { lost: 0 }
  const back: RelayBack = {
    receive(bytes, kind) {
      frames.push(decodeFrame(bytes))
      kinds.push(kind)
    },
    lost: () => heard.lost++,
  }
  return { frames, kinds, heard, back }
}

function relay() {
  const posted: Frame[] = []
  const made = new HopRelay((bytes) => void posted.push(decodeFrame(Uint8Array.from(bytes))), 100)
  return { made, posted }
}

const request = (id: number, remainingMs = 1000) => encodeFrame({ id, kind: 'REQUEST', remainingMs })

describe('a relay', () => {
  it('keeps callers apart that chose the same id, and gives each its own back', () => {
    const { made, posted } = relay()
    const [one, other] = [caller(), caller()]
    made.pass(request(7), one.back)
    made.pass(request(7), other.back)
    expect(posted.map(({ id, kind }) => [id, kind])).toEqual([
      [100, 'REQUEST'],
      [101, 'REQUEST'],
    ])
    made.receive(encodeFrame({ id: 101, kind: 'PART' }))
    made.receive(encodeFrame({ id: 101, kind: 'END' }))
    made.receive(encodeFrame({ id: 100, kind: 'ERROR', error: new FlowError('NOT_FOUND', 'x') }))
    expect([other.kinds, other.frames.map(({ id }) => id)]).toEqual([
      ['PART', 'END'],
      [7, 7],
    ])
    expect(one.frames).toMatchObject([{ id: 7, kind: 'ERROR', error: { codeName: 'NOT_FOUND' } }])
  })

  it('passes on what more is said of a request, until it has ended', () => {
    const { made, posted } = relay()
    const { back } = caller()
    const tell = made.pass(request(3), back)
    tell(encodeFrame({ id: 3, kind: 'CREDIT' }))
    made.receive(encodeFrame({ id: 100, kind: 'END' }))
    tell(encodeFrame({ id: 3, kind: 'CANCEL' }))
    expect(posted.map(({ id, kind }) => [id, kind])).toEqual([
      [100, 'REQUEST'],
      [100, 'CREDIT'],
    ])
  })

  it('ends what is open when it closes, and what comes after: with the reason, or as lost', () => {
    for (const [error, lost] of [
      [new FlowError('UNAVAILABLE', 'gone'), 0],
      [markLost(new FlowError('UNAVAILABLE', 'crashed')), 2],
    ] as const) {
      const { made } = relay()
      const { back, frames, heard } = caller()
      made.pass(request(1), back)
      made.close(error)
      made.pass(request(2), back)
      expect([frames.map(({ id, kind }) => `${id} ${kind}`), heard.lost]).toEqual([
        lost ? [] : ['1 ERROR', '2 ERROR'],
        lost,
      ])
    }
  })

  it('knows how long a request has gone on over its deadline', () => {
    const { made } = relay()
    expect(made.overdueMs).toBe(Number.NEGATIVE_INFINITY)
    made.pass(encodeFrame({ id: 1, kind: 'REQUEST' }), caller().back)
    expect(made.overdueMs).toBe(Number.NEGATIVE_INFINITY)
    made.pass(request(2, 5000), caller().back)
    expect(made.overdueMs).toBeLessThan(-1000)
    made.pass(request(3, 0), caller().back)
    expect(made.overdueMs).toBeGreaterThanOrEqual(0)
  })
})
