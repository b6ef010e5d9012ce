import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { z } from 'zod'
import { FileData, type FileInit } from '../../../proto/index.ts'
import { custom, type Refuse } from './custom.ts'

export interface FileOptions {
  /** MIME type that it must have, such as `text/csv` or `audio/*`. @default any */
  contentType?: string
  /** Unit: bytes. @default no limit beside the message's */
  maxBytes?: number
}

/**
 * A file: an upload's part, a body, or what a method gives back. JSON cannot say one.
 *
 * @example
 * \@api({ input: { audio: file({ contentType: 'audio/*' }) }, output: z.string() })
 */
export function file(options: FileOptions = {}): z.ZodType<FileData, FileData> {
  const { contentType } = options
  const family = /^(image|audio|video)\//.exec(contentType ?? '')?.[1]
  const described = { type: 'file', format: family ?? 'binary', ...(contentType && { content_type: contentType }) }
  return custom<FileData, FileData>(described, (value, refuse) => {
    if (value instanceof FileData) checkFile(value, options, refuse)
    else refuse('path_type', 'Invalid file type')
    return value as FileData
  })
}

/** A file of this machine, to be given back; its name and type are those of its path unless said. */
export async function fileAt(path: string, init: FileInit = {}): Promise<FileData> {
  return new FileData(await readFile(path), { name: basename(path), ...init })
}

/** Refuses what is too large, or says to be something else than is wanted; what says nothing may be anything. */
export function checkFile({ size, type }: FileData, { contentType, maxBytes }: FileOptions, refuse: Refuse): void {
  if (maxBytes !== undefined && size > maxBytes)
    refuse('too_long', `File should have at most ${maxBytes} bytes, not ${size}`)
  if (contentType && type !== 'application/octet-stream' && !matches(contentType, type)) {
    refuse('content_type', `File should be ${contentType}, not ${type}`)
  }
}

function matches(wanted: string, type: string): boolean {
  const [bare = ''] = type.split(';')
  return wanted.endsWith('/*') ? bare.startsWith(wanted.slice(0, -1)) : bare === wanted || wanted === '*/*'
}
