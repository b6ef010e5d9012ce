import { FlowError } from './flow-error.ts'
import { maxDepth } from './limits.ts'

/** What JSON can say; tags and parameters are made of it. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject
export interface JsonObject {
  [key: string]: JsonValue
}

/** Sets an own property whatever its name: `__proto__` from a stranger is a key like any other. */
export function setKey<T>(object: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
  } else {
    object[key] = value
  }
}

/** A deep copy of JSON values. */
export function cloneJson<T extends JsonValue | undefined>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(cloneJson) as T
  if (typeof value.toJSON === 'function') return cloneJson((value.toJSON as () => T)())
  const copy: JsonObject = {}
  for (const key of Object.keys(value)) setKey(copy, key, cloneJson(value[key] as JsonValue))
  return copy as T
}

/** @throws {FlowError} INVALID_ARGUMENT for the nesting level after the last that is accepted */
export function checkDepth(depth: number, what: string): void {
  if (depth > maxDepth) throw new FlowError('INVALID_ARGUMENT', `${what} is nested deeper than ${maxDepth} levels`)
}
