import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Absence } from './absence.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the absence of consumers', () => {
  it('is certain where none was ever seen', () => {
    const absence = new Absence()
    expect(absence.certain).toBe(true)
    absence.look(false, 0)
    expect(absence.certain).toBe(true)
  })

  it('is certain when none was seen for a while', () => {
    const absence = new Absence()
    absence.look(true, 0)
    vi.advanceTimersByTime(1999)
    absence.look(false, 0)
    expect(absence.certain).toBe(false)
    vi.advanceTimersByTime(1)
    absence.look(false, 0)
    expect(absence.certain).toBe(true)
    absence.look(true, 0)
    expect(absence.certain).toBe(false)
  })

  it('is not certain just because Redis was away', () => {
    const absence = new Absence()
    absence.look(true, 0)
    vi.advanceTimersByTime(15_000)
    const backAt = performance.now()
    absence.look(false, backAt)
    expect(absence.certain).toBe(false)
    vi.advanceTimersByTime(2000)
    absence.look(false, backAt)
    expect(absence.certain).toBe(true)
  })
})
