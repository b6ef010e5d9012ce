import type { Queue } from 'bullmq'
import { packFrames } from './frames.ts'
import type { Keys } from './keys.ts'
import type { ScriptedRedis } from './scripts.ts'

/** What a BullMQ job carries. */
export interface JobData {
  readonly gateway: string
  /** When it was written, by Redis's clock. Unit: ms. */
  readonly writtenMs: number
  /** How long its requests, and what is known of them, are kept from then. Unit: ms. */
  readonly lifetimeMs: number
  /** Its frames in base64; those of a large one stand in a key of their own. */
  readonly frames?: string
  /** How often a consumer was lost that had begun it. */
  readonly lost?: number
  /** It may have been written before, and be done. */
  readonly again?: true
}

/** Frames that stand in the job itself: what a key of their own would save in copies is less than asking for it costs. Unit: bytes. */
const maxInlineBytes = 32 * 1024

/** Where a job is written. */
export interface JobDesk {
  /** On one connection, so that frames are there before somebody can look for them. */
  readonly redis: ScriptedRedis
  readonly queue: Queue<JobData>
  readonly keys: Keys
}

export async function writeJob(
  { redis, queue, keys }: JobDesk,
  id: string,
  frames: readonly Uint8Array[],
  about: Omit<JobData, 'frames'>,
): Promise<void> {
  const packed = packFrames(frames)
  const inline = packed.length <= maxInlineBytes
  const options = { jobId: id, removeOnComplete: true, removeOnFail: true }
  const written = inline ? undefined : redis.set(keys.payload(id), packed, 'PX', about.lifetimeMs)
  const data: JobData = inline ? { ...about, frames: packed.toString('base64') } : about
  await Promise.all([written, queue.add('frames', data, options)])
}
