// Drawing random bytes costs a system call: draw many at once, as hex, and cut ids from it.
const ID_BYTES = 16
const POOL_IDS = 256
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

const pool = new Uint8Array(ID_BYTES * POOL_IDS)
let next = pool.length

/** A new id of a document or a request: 16 random bytes as 32 hex digits, as docarray and Jina make them. */
export function newId(): string {
  if (next === pool.length) {
    globalThis.crypto.getRandomValues(pool)
    next = 0
  }
  let id = ''
  for (const end = next + ID_BYTES; next < end; next++) id += hex[pool[next] as number]
  return id
}
