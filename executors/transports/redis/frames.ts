// Frames as one binary value: each after its length, 32 bits big-endian.

export function packFrames(frames: readonly Uint8Array[]): Buffer {
  const length = frames.reduce((sum, frame) => sum + 4 + frame.length, 0)
  const packed = Buffer.allocUnsafe(length)
  let at = 0
  for (const frame of frames) {
    at = packed.writeUInt32BE(frame.length, at)
    packed.set(frame, at)
    at += frame.length
  }
  return packed
}

/** The frames are views of `packed`. */
export function unpackFrames(packed: Buffer): Uint8Array[] {
  const frames: Uint8Array[] = []
  for (let at = 0; at < packed.length; ) {
    const end = at + 4 + packed.readUInt32BE(at)
    frames.push(packed.subarray(at + 4, end))
    at = end
  }
  return frames
}
