import type { MessagePort } from 'node:worker_threads'

/** Either end of a channel between threads. */
export type Port = Pick<MessagePort, 'postMessage' | 'on' | 'close'>

/** Sends a frame without copying it where it has its buffer to itself; others would take all of a shared buffer along. */
export function postFrame(port: Port, frame: Uint8Array): void {
  const own = frame.byteLength === frame.buffer.byteLength ? frame : new Uint8Array(frame)
  port.postMessage(own, [own.buffer as ArrayBuffer])
}
