import { describe, expect, it } from 'vitest'
import { CallContext, type FlowError } from '../../proto/index.ts'
import { ByteBudget } from './byte-budget.ts'

const codeOf = (waiting: Promise<void>) =>
  waiting.then(
    () => 'room',
    (error: FlowError) => error.codeName,
  )

describe('a byte budget', () => {
  it('takes more than there is room for, and says that it is full', () => {
    const budget = new ByteBudget(10)
    budget.hold().add(25)
    expect([budget.full, budget.usedBytes, budget.fullWithout(14), budget.fullWithout(16)]).toEqual([
      true,
      25,
      true,
      false,
    ])
  })

  it('is given back what a hold released, once, and nothing that comes after', () => {
    const budget = new ByteBudget(10)
    const hold = budget.hold()
    hold.add(7)
    hold.remove(3)
    hold.release()
    hold.add(5)
    hold.release()
    expect([budget.usedBytes, hold.bytes]).toEqual([0, 0])
  })

  it('has room at once, when there is some, by the deadline not, and none for a caller that left', async () => {
    const budget = new ByteBudget(10)
    await budget.room(new CallContext())
    const hold = budget.hold()
    hold.add(10)
    const [patient, late, gone] = [
      new CallContext(),
      new CallContext({ deadline: performance.now() + 20 }),
      new CallContext(),
    ].map((call) => ({ call, outcome: codeOf(budget.room(call)) }))
    gone?.call.cancel()
    expect(await gone?.outcome).toBe('CANCELLED')
    expect(await late?.outcome).toBe('RESOURCE_EXHAUSTED')
    hold.release()
    expect(await patient?.outcome).toBe('room')
  })

  it('wakes those who wait in their order, until one fills it again', () => {
    const budget = new ByteBudget(10)
    const [first, second] = [budget.hold(), budget.hold()]
    first.add(10)
    const woken: string[] = []
    const fill = (name: string) => () => {
      woken.push(name)
      second.add(10)
    }
    budget.whenRoom(fill('a'))
    const leave = budget.whenRoom(fill('b'))
    budget.whenRoom(fill('c'))
    leave()
    first.release()
    expect(woken).toEqual(['a'])
    second.remove(10)
    expect(woken).toEqual(['a', 'c'])
  })
})
