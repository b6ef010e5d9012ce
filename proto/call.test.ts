import { describe, expect, it } from 'vitest'
import { CallContext, remainingMs, whenCancelled } from './call.ts'
import { FlowError } from './flow-error.ts'

describe('a call', () => {
  it('tells its signal and its listeners once why it was cancelled', () => {
    const call = new CallContext()
    const told: string[] = []
    whenCancelled(call, ({ codeName }) => told.push(codeName))
    whenCancelled(call, () => told.push('left'))()
    const { signal } = call
    call.cancel(new FlowError('DEADLINE_EXCEEDED', 'too late'))
    call.cancel()
    expect([told, signal.aborted, signal.reason.codeName]).toEqual([['DEADLINE_EXCEEDED'], true, 'DEADLINE_EXCEEDED'])
  })

  it('tells nobody who stopped listening while others were told', () => {
    const call = new CallContext()
    let told = 0
    let leave = () => {}
    whenCancelled(call, () => leave())
    leave = whenCancelled(call, () => told++)
    call.cancel()
    expect(told).toBe(0)
  })

  it('leaves its parent alone', () => {
    const parent = new CallContext()
    new CallContext({ parent }).cancel()
    expect(parent.signal.aborted).toBe(false)
  })

  it('tells late listeners and late readers of its signal too', () => {
    const call = new CallContext()
    call.cancel()
    let told = ''
    whenCancelled(call, ({ codeName }) => (told = codeName))
    expect([told, call.signal.aborted]).toEqual(['CANCELLED', true])
  })

  it('is cancelled with its parent, a call or a signal, until it is released', () => {
    const parents = [new CallContext(), new AbortController()] as const
    for (const parent of parents) {
      const link = parent instanceof CallContext ? parent : parent.signal
      const [child, released] = [new CallContext({ parent: link }), new CallContext({ parent: link })]
      let told = 0
      for (const call of [child, released]) whenCancelled(call, () => told++)
      released.release()
      if (parent instanceof CallContext) parent.cancel()
      else parent.abort()
      expect([told, child.signal.aborted, released.signal.aborted]).toEqual([1, true, false])
    }
  })

  it('knows what is left of its time', () => {
    expect(remainingMs(new CallContext())).toBe(Number.POSITIVE_INFINITY)
    expect(remainingMs(new CallContext({ deadline: performance.now() - 5 }))).toBeLessThan(0)
  })
})
