import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { create as disposition } from 'content-disposition'
import etag from 'etag'
import parseRange from 'range-parser'
import type { FileData } from '../../../proto/index.ts'
import { sendBody } from './send.ts'

/** Sends a file: the whole, or the range that is asked for. Images are shown where they arrive, others saved under their name. */
export function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: FileData,
  status: number,
  said: OutgoingHttpHeaders,
): void {
  const tag = etag(Buffer.from(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength))
  const type = file.type.startsWith('image/') ? 'inline' : 'attachment'
  const headers = {
    'content-type': typed(file.type),
    ...(file.name && { 'content-disposition': disposition(file.name, { type }) }),
    'accept-ranges': 'bytes',
    etag: tag,
    ...said,
  }
  const range = status === 200 ? rangeOf(request, file.size, tag) : undefined
  if (!range) sendBody(response, status, headers, file.bytes)
  else if (range === 'none') sendBody(response, 416, { 'content-range': `bytes */${file.size}` }, '')
  else {
    const { start, end } = range
    // compressed, it would be another range
    const whole = { 'cache-control': 'no-transform', ...headers }
    const part = { ...whole, 'content-range': `bytes ${start}-${end}/${file.size}` }
    sendBody(response, 206, part, file.bytes.subarray(start, end + 1))
  }
}

/** The one range that is asked for, `none` where the file has not so many bytes; several may be answered with the whole. */
function rangeOf(
  { headers: { range, 'if-range': ifRange = '' } }: IncomingMessage,
  size: number,
  tag: string,
): { start: number; end: number } | 'none' | undefined {
  if (range === undefined || (ifRange !== '' && ifRange !== tag)) return undefined
  const ranges = parseRange(size, range)
  if (ranges === -1) return 'none'
  const [first, ...more] = typeof ranges === 'number' || ranges.type !== 'bytes' ? [] : [...ranges]
  return more.length > 0 ? undefined : first
}

function typed(type: string): string {
  return type.startsWith('text/') && !type.includes('charset') ? `${type}; charset=utf-8` : type
}
