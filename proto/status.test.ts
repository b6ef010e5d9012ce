import { describe, expect, it } from 'vitest'
import { FlowError } from './flow-error.ts'
import { pythonRepr, statusOfError, statusOfThrown } from './status.ts'

describe('Python prints', () => {
  // the right side is what CPython 3.11 prints
  it.each<[unknown, string]>([
    ['boom', `'boom'`],
    [`it's`, `"it's"`],
    ['say "x"', `'say "x"'`],
    [`it's "x"`, `'it\\'s "x"'`],
    ['a\\b\n\r\t', String.raw`'a\\b\n\r\t'`],
    ['\u0000\u0007\u001b\u007f', String.raw`'\x00\x07\x1b\x7f'`],
    ['\u0085\u00a0\u00ad', String.raw`'\x85\xa0\xad'`],
    ['\u200b\u2028\ufeff\ue000', String.raw`'\u200b\u2028\ufeff\ue000'`],
    ['\u{e0001}', String.raw`'\U000e0001'`],
    ['\ud800', String.raw`'\ud800'`],
    ['ünï 你好 😀', `'ünï 你好 😀'`],
    [42, '42'],
    [-0.5, '-0.5'],
    [1e21, '1e+21'],
    [1e-7, '1e-07'],
    [1.5e-10, '1.5e-10'],
    [Number.NaN, 'nan'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NEGATIVE_INFINITY, '-inf'],
    [12n, '12'],
    [true, 'True'],
    [null, 'None'],
    [undefined, 'None'],
    [['a', 1, [false]], `['a', 1, [False]]`],
    [{ a: 1, "b'": null }, `{'a': 1, "b'": None}`],
    [new TypeError('bad'), `TypeError('bad')`],
  ])('%o as %s', (value, printed) => {
    expect(pythonRepr(value)).toBe(printed)
  })

  it('what holds itself, once', () => {
    const list: unknown[] = [1]
    list.push({ list })
    expect(pythonRepr(list)).toBe("[1, {'list': [...]}]")
  })
})

describe('the status of a failed executor', () => {
  it('is what Jina reports of the exception', () => {
    expect(statusOfThrown(new TypeError(`it's bad`), 'Enc', false)).toEqual({
      code: 1,
      description: `TypeError("it's bad")`,
      exception: { name: 'TypeError', args: [`it's bad`], stacks: [], executor: 'Enc' },
    })
  })

  it('has the arguments of an error that has some', () => {
    const error = Object.assign(new Error('x'), { name: 'KeyError', args: ['k', 2, null] })
    const { description, exception } = statusOfThrown(error, 'Enc', false)
    expect([description, exception?.args]).toEqual([`KeyError('k', 2, None)`, ['k', '2', 'None']])
  })

  it('shows the stack line by line, if allowed', () => {
    const error = new Error('x')
    expect(statusOfThrown(error, 'Enc', true).exception?.stacks.join('')).toBe(error.stack)
  })

  it.each<[unknown, string]>([
    ['text', `Error('text')`],
    [undefined, `Error('undefined')`],
    [{ code: 5 }, `Error('{"code":5}')`],
    [Object.assign(new Error('x'), { args: 'no list' }), `Error('x')`],
    [Object.assign(new Error('x'), { name: 7 }), `7('x')`],
  ])('can be made of anything thrown: %o', (thrown, description) => {
    const status = statusOfThrown(thrown, 'Enc', false)
    expect(status.description).toBe(description)
    expect(typeof status.exception?.name).toBe('string')
  })
})

describe('the status of a request without an answer', () => {
  it('says what the rejection says', () => {
    expect(statusOfError(new FlowError('UNAVAILABLE', 'gone', { executor: 'enc' }))).toEqual({
      code: 1,
      description: '[unavailable] gone (executor "enc")',
      exception: { name: 'UNAVAILABLE', args: ['gone'], stacks: [], executor: 'enc' },
    })
  })
})
