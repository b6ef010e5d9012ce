import type { MessagePort } from 'node:worker_threads'

/** Either end of a channel between threads. */
export type Port = Pick<MessagePort, 'postMessage' | 'on' | 'close'>

/** Larger frames are not copied to go with others. Unit: bytes. */
const smallBytes = 16 * 1024

/** Frames over a port. A message costs more than a small frame does: what is sent in one turn of the event loop goes together. */
export class FramePort {
  readonly #port: Port
  #waiting: Uint8Array[] = []

  constructor(port: Port, receive: (frame: Uint8Array) => void) {
    this.#port = port
    port.on('message', (frames: readonly Uint8Array[]) => {
      for (const frame of frames) receive(frame)
    })
  }

  /** Sends a frame, after all that is settled by now: it may have more to send. */
  post(frame: Uint8Array): void {
    if (this.#waiting.push(frame) === 1) process.nextTick(() => this.flush())
  }

  /** Sends now what waits. */
  flush(): void {
    if (this.#waiting.length === 0) return
    const frames = ownBuffers(this.#waiting)
    this.#waiting = []
    this.#port.postMessage(frames, [...new Set(frames.map(({ buffer }) => buffer as ArrayBuffer))])
  }

  close(): void {
    this.flush()
    this.#port.close()
  }
}

/** The same bytes in buffers that hold nothing else, so that they may change hands: small ones share one, large ones have their own. */
function ownBuffers(frames: readonly Uint8Array[]): Uint8Array[] {
  const small = frames.filter(({ byteLength }) => byteLength < smallBytes)
  const shared = new Uint8Array(small.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  return frames.map((bytes) => {
    if (bytes.byteLength >= smallBytes)
      return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
    shared.set(bytes, at)
    at += bytes.byteLength
    return shared.subarray(at - bytes.byteLength, at)
  })
}
