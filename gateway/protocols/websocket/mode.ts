import type { IncomingMessage } from 'node:http'

/** How messages are written: JSON in text frames, or protobuf in binary ones. The sub-protocol says which. */
export type Mode = 'json' | 'bytes'

/** The first of the offered sub-protocols that we speak; it is echoed. */
export function offeredMode(offered: readonly string[]): Mode | undefined {
  return offered.find((name): name is Mode => name === 'json' || name === 'bytes')
}

/** What a connection speaks: JSON unless it offers otherwise, as in Jina. */
export function modeOf({ headers }: IncomingMessage): Mode {
  return offeredMode(headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? []) ?? 'json'
}
