import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type DataRequest, Document, DocumentArray, FlowError, statusOfError } from '../proto/index.ts'
import { peers, type Reader, type Script } from './fixtures/parts-peers.ts'
import { Client, type StreamOptions } from './index.ts'

const part = (request: DataRequest, number: number, text = `${number}`) =>
  request.with({ header: { ...request.header, part: number }, docs: new DocumentArray([new Document(text)]) })

const last = (request: DataRequest) => request.with({ docs: new DocumentArray() })

/** Waits until a number has stopped growing. */
async function settled(number: () => number): Promise<number> {
  for (let before = -1; before !== number() || before <= 0; await sleep(100)) before = number()
  return number()
}

describe.each(['grpc', 'http', 'websocket'] as const)('parts over %s, from a server made by hand', (protocol) => {
  /** The parts that came, and what was thrown after them. */
  const read = async (script: Script, options: StreamOptions = {}, onPart?: (number: number) => unknown) => {
    const peer = await peers[protocol](script)
    await using client = new Client({ host: '127.0.0.1', port: peer.port, protocol })
    const seen: (number | undefined)[] = []
    let error: FlowError | undefined
    try {
      for await (const { header } of client.stream('/x', 'a', { parts: true, ...options })) {
        seen.push(header.part)
        if ((await onPart?.(seen.length)) === 'leave') break
      }
    } catch (thrown) {
      error = FlowError.from(thrown)
    }
    await client.close()
    peer.close()
    return { seen, error }
  }

  it('stops the server while a part is not taken', async () => {
    const total = 40
    let written = 0
    const script: Script = async (request, reader) => {
      for (; written < total; written++) await reader.write(part(request, written, 'é'.repeat(512 * 1024)))
      await reader.write(last(request))
    }
    let ahead = 0
    const { seen } = await read(script, {}, async (number) => {
      if (number === 1) ahead = await settled(() => written)
    })
    expect(ahead).toBeLessThan(total)
    expect(seen).toEqual([...Array(total).keys(), undefined])
  })

  it('throws why a connection broke off, after the parts that came, and does not ask again', async () => {
    let asked = 0
    const script: Script = async (request, reader) => {
      asked++
      await reader.write(part(request, 0))
      await reader.write(part(request, 1))
      setTimeout(() => reader.breakOff(), 50)
    }
    const retry = { maxAttempts: 3, initialBackoffMs: 1 }
    const { seen, error } = await read(script, { retry })
    expect(seen).toEqual([0, 1])
    expect(error?.codeName).toBe('UNAVAILABLE')
    expect(asked).toBe(1)
  })

  it('asks again where no part had come', async () => {
    let asked = 0
    const script: Script = async (request, reader) => {
      if (asked++ === 0) return reader.breakOff()
      await reader.write(part(request, 0))
      await reader.write(last(request))
    }
    const { seen } = await read(script, { retry: { maxAttempts: 2, initialBackoffMs: 1 } })
    expect(seen).toEqual([0, undefined])
  })

  it('throws the failure that an answer ends with, and not before its parts', async () => {
    const script: Script = async (request, reader) => {
      await reader.write(part(request, 0))
      const status = statusOfError(new FlowError('RESOURCE_EXHAUSTED', 'no more'))
      await reader.write(request.with({ header: { ...request.header, status } }))
    }
    const { seen, error } = await read(script, {}, () => sleep(20))
    expect(seen).toEqual([0])
    expect(error).toMatchObject({ codeName: 'RESOURCE_EXHAUSTED', message: /no more/ })
  })

  it('tells the server when the reader leaves', async () => {
    let to: Reader | undefined
    const script: Script = async (request, reader) => {
      to = reader
      for (let number = 0; !reader.gone; number++) {
        await reader.write(part(request, number))
        await sleep(1)
      }
    }
    const { seen, error } = await read(script, {}, (number) => (number === 3 ? 'leave' : undefined))
    expect(seen).toEqual([0, 1, 2])
    expect(error).toBeUndefined()
    await expect.poll(() => to?.gone).toBe(true)
  })

  it('gives up an answer at its deadline, also between parts', async () => {
    const script: Script = async (request, reader) => reader.write(part(request, 0))
    const { seen, error } = await read(script, { timeoutMs: 1000 })
    expect(seen).toEqual([0])
    expect(error?.codeName).toBe('DEADLINE_EXCEEDED')
  })
})
