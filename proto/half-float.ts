/** The number that 16 bits of IEEE 754 binary16 stand for. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** The nearest binary16, ties to even; what is too large becomes an infinity. */
export function toHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const magnitude = Math.abs(value)
  if (magnitude >= 65520) return sign | 0x7c00
  if (magnitude < 2 ** -24 / 2) return sign
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude)))
  const step = 2 ** (exponent - 10)
  const fraction = roundToEven(magnitude / step)
  if (exponent === -14 && fraction < 1024) return sign | fraction
  return sign | (((exponent + 15) << 10) + fraction - 1024)
}

function roundToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}
