import { InvalidArgumentError } from 'commander'
import type { JsonObject } from '../../proto/index.ts'

// How values on the command line are read.

export function jsonObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  } catch {}
  throw new InvalidArgumentError('Must be a JSON object.')
}

export function atLeast(least: number): (text: string) => number {
  return (text) => {
    if (/^\d+$/.test(text) && Number(text) >= least) return Number(text)
    throw new InvalidArgumentError(`Must be a whole number from ${least} up.`)
  }
}
