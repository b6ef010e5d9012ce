import { describe, expect, it } from 'vitest'
import { sluice } from '../gen/messages.js'
import {
  DataRequest,
  Document,
  DocumentArray,
  decodeFrame,
  encodeFrame,
  FlowError,
  type Frame,
  readHead,
  rewriteHead,
} from '../index.ts'

const request = new DataRequest({
  header: { requestId: 'r', execEndpoint: '/index' },
  docs: new DocumentArray([new Document('hello')]),
})

describe('a frame', () => {
  it('has all that a request crosses a hop with', () => {
    const frame: Frame = {
      id: 7,
      kind: 'REQUEST',
      remainingMs: 1500,
      attempt: 2,
      metadata: new Map([['x-trace', 'abc']]),
      caller: { id: 'c', principal: 'me', address: undefined },
      parts: true,
    }
    const { body, ...read } = decodeFrame(encodeFrame({ ...frame, body: request }))
    expect(read).toEqual({ ...frame, error: undefined })
    expect([body?.header.execEndpoint, body?.docs.texts]).toEqual(['/index', ['hello']])
  })

  it('has an error with every detail', () => {
    const details = { executor: 'a', endpoint: '/x', requestId: 'r', hint: 'wait', retryAfterMs: 5 }
    const { error } = decodeFrame(
      encodeFrame({ id: 1, kind: 'ERROR', error: new FlowError('ABORTED', 'why', details) }),
    )
    expect([error?.codeName, error?.reason, error?.details]).toEqual(['ABORTED', 'why', details])
  })

  it.each(['PART', 'END', 'CANCEL', 'CREDIT', 'DRAIN'] as const)('may be a %s', (kind) => {
    expect(decodeFrame(encodeFrame({ id: 2 ** 40, kind }))).toMatchObject({ id: 2 ** 40, kind })
  })

  it('keeps documents that nobody looks at as the bytes they came in', () => {
    const bytes = encodeFrame({ id: 1, kind: 'END', body: request })
    const inside = decodeFrame(bytes).body?.dataBytes
    expect(inside?.buffer).toBe(bytes.buffer)
  })

  it('rounds what is left of a deadline up, and never below 0', () => {
    const left = (remainingMs: number) => decodeFrame(encodeFrame({ id: 1, kind: 'REQUEST', remainingMs })).remainingMs
    expect([left(0.2), left(-5)]).toEqual([1, 0])
  })

  it('says at its beginning what it is of which call, and how much time is left', () => {
    for (const head of [
      { id: 2 ** 41 + 5, kind: 'REQUEST', remainingMs: 1500 },
      { id: 3, kind: 'END', remainingMs: undefined },
    ] as const) {
      expect(readHead(encodeFrame({ ...head, body: request }))).toEqual(head)
    }
  })

  it('is given another id and another time in its place', () => {
    const bytes = encodeFrame({ id: 1, kind: 'REQUEST', remainingMs: 9000, parts: true, body: request })
    rewriteHead(bytes, 2 ** 45 + 3, 12.5)
    expect(decodeFrame(bytes)).toMatchObject({ id: 2 ** 45 + 3, kind: 'REQUEST', remainingMs: 13, parts: true })
  })

  it('of another version is refused with both versions named', () => {
    for (const version of [0, 2, 99]) {
      const bytes = sluice.Frame.encode({ version, id: 1 }).finish()
      expect(() => decodeFrame(bytes)).toThrow(`[unimplemented] a frame of version ${version}, where 1 is spoken`)
    }
  })

  it('that is none is refused', () => {
    expect(() => decodeFrame(Uint8Array.of(0x0a, 0xff))).toThrow(/\[invalid_argument\] malformed frame/)
  })
})
