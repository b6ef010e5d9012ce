import { expect } from 'vitest'
import type { JsonAnswer } from '../e2e/peers/websocket.ts'

/** Asks one question after the other, as long as something else goes on; each must be answered, and rightly. */
export async function meanwhile<Result>(attack: Promise<Result>, ask: (text: string) => Promise<string | undefined>) {
  let over = false
  const ended = attack.finally(() => {
    over = true
  })
  ended.catch(() => {})
  for (let i = 0; i === 0 || !over; i++) expect(await ask(`still here ${i}`)).toBe(`still here ${i}`)
  return ended
}

/** Asks over HTTP. */
export async function askHttp(port: number, text: string): Promise<string | undefined> {
  const response = await fetch(`http://127.0.0.1:${port}/post`, {
    method: 'POST',
    body: JSON.stringify({ data: [{ text }], execEndpoint: '/echo' }),
    headers: { 'content-type': 'application/json' },
  })
  return ((await response.json()) as JsonAnswer).data[0]?.text
}
