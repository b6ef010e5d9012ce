import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningFlow } from '../../../flows/index.ts'
import { decodeRequest, silent } from '../../../proto/index.ts'
import { expected } from './deviations.ts'
import { referenceFlow } from './flow.ts'
import { type RecordedFrame, type RecordedSocket, recordedSockets } from './handshakes.ts'
import { requestJson, steady } from './meaning.ts'
import { bodyOf, recordedExchanges } from './recordings.ts'
import { exchangeSocket } from './socket.ts'
import { exchangeHttp, headOf } from './wire.ts'

// Our gateway is sent the recorded handshakes and frames, and answers as recorded but for what differs from run to run.

let flow: RunningFlow
beforeAll(async () => {
  flow = await referenceFlow({ protocol: 'websocket', logger: silent }).start()
})
afterAll(() => flow?.close())

describe('recorded WebSockets are answered as recorded', () => {
  it.each(recordedSockets())('$name', async (recorded) => {
    const { name, path, headers, answer, received } = recorded
    const ours = await exchangeSocket(flow.port, recorded, answersBeforeHangUp(recorded))
    const offered = headers['sec-websocket-protocol']?.split(', ') ?? []
    const theirs = {
      offered,
      subprotocol: answer.headers['sec-websocket-protocol'],
      messages: inOrder(received.filter(({ opcode }) => opcode !== 'close').map(({ meaning }) => steady(meaning))),
      close: received.find(({ opcode }) => opcode === 'close')?.close,
    }
    expect({
      offered,
      subprotocol: ours.headers['sec-websocket-protocol'],
      messages: inOrder(ours.messages.map(({ bytes, binary }) => steady(meaningOf(bytes, binary, path)))),
      close: ours.close,
    }).toEqual(expected(`websocket/${name}`, theirs))
    expect(ours.statusLine).toBe(answer.statusLine)
    expect(ours.headers['sec-websocket-accept']).toBe(answer.headers['sec-websocket-accept'])
    expect(ours.headers['sec-websocket-extensions']).toBe(answer.headers['sec-websocket-extensions'])
    const binary = received.filter(({ opcode }) => opcode !== 'close').map(({ opcode }) => opcode === 'binary')
    if (binary.length > 0) expect(ours.messages.map((message) => message.binary)).toEqual(binary)
  })
})

describe("plain HTTP on the WebSocket's port is answered as recorded", () => {
  it.each(recordedExchanges('websocket'))('$name', async ({ name, request, statusLine, headers, json }) => {
    const raw = await exchangeHttp(flow.port, request)
    const ours = headOf(raw)
    expect([ours.statusLine, ours.headers['content-type']]).toEqual([statusLine, headers['content-type']])
    if (name === 'http_get_status') expect(Object.keys(bodyOf(raw) as object)).toEqual(Object.keys(json as object))
    else expect(bodyOf(raw)).toEqual(json)
  })
})

/** Who ended the input or only asked how things are waits for the server to close; others hang up when they have their answers. */
function answersBeforeHangUp({ path, sent, received }: RecordedSocket): number | undefined {
  const hungUp = sent.at(-1)?.opcode === 'close'
  const ended = path === '/dry_run' || sent.some(isEnd)
  return hungUp && !ended ? received.filter(({ opcode }) => opcode !== 'close').length : undefined
}

function isEnd({ opcode, bytes }: RecordedFrame): boolean {
  return opcode === 'text' ? bytes.toString() === '{}' : opcode === 'binary' && bytes.equals(Buffer.of(0))
}

function meaningOf(bytes: Buffer, binary: boolean, path: string): unknown {
  if (!binary) return JSON.parse(bytes.toString())
  // a status that is well has no bytes
  return path === '/dry_run' ? JSON.parse(bytes.length === 0 ? '{}' : 'null') : requestJson(decodeRequest(bytes))
}

/** Answers come as they finish: by their ids, and where these are random by what was sent along. */
function inOrder(messages: readonly unknown[]): unknown[] {
  const key = (message: unknown) => {
    const { header, parameters } = message as { header?: { requestId?: string }; parameters?: object }
    return `${header?.requestId} ${JSON.stringify(parameters)}`
  }
  return [...messages].sort((a, b) => key(a).localeCompare(key(b)))
}
