import type { MessagePort } from 'node:worker_threads'
import { encodeFrame, type Frame } from '../../../proto/index.ts'

/** Either end of a channel between threads. */
export type Port = Pick<MessagePort, 'postMessage' | 'on' | 'close'>

/** Sends a frame without copying it where it has its buffer to itself; others would take all of a shared buffer along. */
export function postFrame(port: Port, frame: Frame): void {
  const bytes = encodeFrame(frame)
  const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
  port.postMessage(own, [own.buffer as ArrayBuffer])
}
