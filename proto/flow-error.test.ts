import { describe, expect, it } from 'vitest'
import { Code, codeName, isRetryable } from './code.ts'
import { FlowError, messageOf } from './flow-error.ts'

describe('a FlowError', () => {
  it('says code, what happened, where, and what to do', () => {
    const error = new FlowError('UNAVAILABLE', 'nobody answers', {
      executor: 'enc',
      endpoint: '/x',
      requestId: 'r1',
      hint: 'Is it started?',
    })
    expect(error.message).toBe(
      '[unavailable] nobody answers (executor "enc", endpoint "/x", request r1). Is it started?',
    )
    expect([error.reason, error.code, error.codeName, error.retryable]).toEqual([
      'nobody answers',
      14,
      'UNAVAILABLE',
      true,
    ])
    expect(new FlowError(3, 'no').message).toBe('[invalid_argument] no')
  })

  it('is an Error with its cause', () => {
    const cause = new Error('socket')
    const error = FlowError.from(cause, 'UNAVAILABLE', { executor: 'enc' })
    expect(error).toBeInstanceOf(Error)
    expect([error.cause, error.reason, error.name]).toEqual([cause, 'socket', 'FlowError'])
    expect('cause' in new FlowError('INTERNAL', 'x')).toBe(false)
  })

  it('stays what it is when it passes a boundary, and learns where', () => {
    const error = new FlowError('NOT_FOUND', 'x', { executor: 'inner' })
    expect(FlowError.from(error, 'INTERNAL')).toBe(error)
    const told = FlowError.from(error, 'INTERNAL', { executor: 'outer', requestId: 'r' })
    expect([told.codeName, told.details]).toEqual(['NOT_FOUND', { executor: 'inner', requestId: 'r' }])
    expect(told.stack).toBe(error.stack)
  })

  it('is CANCELLED for what aborted, UNKNOWN for the rest', () => {
    expect(FlowError.from(AbortSignal.abort().reason).codeName).toBe('CANCELLED')
    expect(FlowError.from(new Error('x')).codeName).toBe('UNKNOWN')
  })

  it('is known from another copy of the package', () => {
    const other = { [Symbol.for('sluice.FlowError')]: true }
    expect([FlowError.is(other), FlowError.is(new Error('x')), FlowError.is(null), FlowError.is('x')]).toEqual([
      true,
      false,
      false,
      false,
    ])
  })

  it.each<[unknown, string]>([
    ['text', 'text'],
    [new Error(''), 'Error'],
    [undefined, 'undefined'],
    [null, 'null'],
    [{ a: 1 }, '{"a":1}'],
    [1n, '1'],
    [Symbol('s'), 'Symbol(s)'],
    [cyclic(), 'something that cannot be shown'],
  ])('can be made of anything thrown: %o', (thrown, message) => {
    expect(messageOf(thrown)).toBe(message)
    expect(FlowError.from(thrown).reason).toBe(message)
  })
})

describe('a code', () => {
  it('has a name and back', () => {
    for (const [name, number] of Object.entries(Code)) expect(codeName(number)).toBe(name)
    expect([codeName(0), codeName(99)]).toEqual(['UNKNOWN', 'UNKNOWN'])
  })

  it('is worth a retry where nobody was there or there was no room', () => {
    expect(Object.values(Code).filter(isRetryable).map(codeName)).toEqual(['RESOURCE_EXHAUSTED', 'UNAVAILABLE'])
  })
})

function cyclic(): unknown {
  const object = Object.create(null)
  object.self = object
  return object
}
