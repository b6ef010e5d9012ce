import { describe, expect, it } from 'vitest'
import { fromHalf, toHalf } from './half-float.ts'

// binary16 by way of binary32: the exponent is moved by 112 places, what is subnormal is scaled
const view = new DataView(new ArrayBuffer(4))
function reference(bits: number): number {
  const [sign, exponent, fraction] = [bits >>> 15, (bits >>> 10) & 31, bits & 1023]
  if (exponent === 0) {
    view.setUint32(0, (sign << 31) | ((113 << 23) | (fraction << 13)))
    return view.getFloat32(0) - (sign ? -1 : 1) * 2 ** -14
  }
  view.setUint32(0, ((sign << 31) | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13)) >>> 0)
  return view.getFloat32(0)
}

const all = Array.from({ length: 65536 }, (_, bits) => bits)
const finite = all.filter((bits) => (bits & 0x7c00) !== 0x7c00)

describe('a half float', () => {
  it('is read as its 65536 bit patterns say', () => {
    const differing = all.filter((bits) => {
      const [is, wanted] = [fromHalf(bits), reference(bits)]
      return bits !== 0x8000 && !Object.is(is, wanted)
    })
    expect(differing).toEqual([])
    expect(fromHalf(0x8000)).toBe(-0)
  })

  it('is written as it was read', () => {
    const nan = (bits: number) => (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0
    expect(all.filter((bits) => !nan(bits) && toHalf(fromHalf(bits)) !== bits)).toEqual([])
    expect(fromHalf(toHalf(Number.NaN))).toBe(Number.NaN)
  })

  it('is the nearest to a number, and the even one of two that are as near', () => {
    const wrong = finite.filter((bits) => {
      const next = bits + 1
      if ((next & 0x7c00) === 0x7c00) return false
      const middle = (fromHalf(bits) + fromHalf(next)) / 2
      const even = bits & 1 ? next : bits
      const towards = (share: number) => fromHalf(bits) + (fromHalf(next) - fromHalf(bits)) * share
      return toHalf(middle) !== even || toHalf(towards(0.4999)) !== bits || toHalf(towards(0.5001)) !== next
    })
    expect(wrong).toEqual([])
  })

  it('is infinite from 65520 on', () => {
    expect([65504, 65519.99, 65520, -1e9].map(toHalf)).toEqual([0x7bff, 0x7bff, 0x7c00, 0xfc00])
  })
})
