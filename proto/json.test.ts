import { describe, expect, it } from 'vitest'
import { checkDepth, cloneJson, type JsonObject, setKey } from './json.ts'
import { maxDepth } from './limits.ts'

describe('JSON values', () => {
  it('are copied to the bottom', () => {
    const value = { a: [1, { b: null }], s: 'x', t: true }
    const copy = cloneJson(value)
    expect(copy).toEqual(value)
    expect(copy.a).not.toBe(value.a)
    expect(copy.a[1]).not.toBe(value.a[1])
  })

  it('have keys that are keys and nothing else', () => {
    const object = cloneJson(JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as JsonObject)
    expect(Object.keys(object)).toEqual(['__proto__', 'constructor'])
    expect(object.polluted).toBeUndefined()
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    const mine: Record<string, number> = {}
    setKey(mine, '__proto__', 5)
    expect([Object.getPrototypeOf(mine), Object.keys(mine)]).toEqual([Object.prototype, ['__proto__']])
  })

  it('are made of what says how, as JSON.stringify does', () => {
    expect(cloneJson({ at: new Date(0) } as never)).toEqual({ at: '1970-01-01T00:00:00.000Z' })
  })

  it('are as deep as the limit', () => {
    expect(() => checkDepth(maxDepth, 'x')).not.toThrow()
    expect(() => checkDepth(maxDepth + 1, 'a list')).toThrow(/a list is nested deeper than 100 levels/)
  })
})
