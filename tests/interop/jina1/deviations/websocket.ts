import { expect } from 'vitest'
import type { Deviation } from './deviation.ts'

/** What a recorded WebSocket answers. */
interface Answered {
  offered: string[]
  subprotocol?: string | undefined
  messages: { header: object; data: object[] }[]
  close?: { code: number; reason: string } | undefined
}

export const websocketDeviations: readonly Deviation[] = [
  {
    row: 13,
    cases: ['websocket/*'],
    // the first of the offered ones that exists
    promised: (recorded: Answered) => ({
      ...recorded,
      subprotocol: recorded.offered.find((name) => name === 'json' || name === 'bytes'),
    }),
  },
  {
    row: 13,
    cases: [
      'websocket/raw_bytes_empty_frame',
      'websocket/raw_bytes_eoi_01',
      'websocket/raw_json_bad_json',
      'websocket/raw_json_binary_frame',
    ],
    promised(recorded: Answered, name) {
      expect(recorded.close).toBeUndefined()
      const code = name.endsWith('binary_frame') ? 1003 : 1007
      return { ...recorded, close: { code, reason: expect.stringMatching(/\w+ \w+/) } }
    },
  },
  {
    row: 14,
    cases: ['websocket/raw_json_header_id'],
    promised: (recorded: Answered) => ({
      ...recorded,
      messages: recorded.messages.map((message) => ({ ...message, header: { ...message.header, request_id: 'mine' } })),
    }),
  },
  {
    row: 14,
    cases: ['websocket/raw_json_no_data_key'],
    promised(recorded: Answered) {
      expect([recorded.messages, recorded.close]).toEqual([[], undefined])
      const data = [expect.objectContaining({ id: 'created-1', text: 'created' })]
      return { ...recorded, messages: [expect.objectContaining({ data })], close: { code: 1000, reason: '' } }
    },
  },
]
