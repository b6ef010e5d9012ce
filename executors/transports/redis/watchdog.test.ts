import { describe, expect, it } from 'vitest'
import { Watchdog } from './watchdog.ts'

const idle = { waiting: 1, active: 0, taken: 0 }

describe('the watchdog of a queue', () => {
  it('bites a reader that leaves jobs waiting and takes none, and gives the next one its time', () => {
    const watchdog = new Watchdog()
    expect([idle, idle, idle, idle].map((doings) => watchdog.bites(doings))).toEqual([false, true, false, true])
  })

  it('leaves a reader alone that has taken something, works on something, or has nothing to take', () => {
    const watchdog = new Watchdog()
    expect([1, 2, 3, 4].some((taken) => watchdog.bites({ ...idle, taken }))).toBe(false)
    expect([1, 2, 3, 4].some(() => watchdog.bites({ ...idle, active: 1, taken: 4 }))).toBe(false)
    expect([1, 2, 3, 4].some(() => watchdog.bites({ ...idle, waiting: 0, taken: 4 }))).toBe(false)
  })

  it('begins anew when something was taken in between', () => {
    const watchdog = new Watchdog()
    const looks = [idle, { ...idle, taken: 1 }, { ...idle, taken: 1 }, { ...idle, taken: 1 }]
    expect(looks.map((doings) => watchdog.bites(doings))).toEqual([false, false, false, true])
  })
})
