import type { z } from 'zod'
import { FileData } from '../../../proto/index.ts'
import { custom } from './custom.ts'

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Bytes without a name: a whole body, a part of a form, or base64 inside JSON. */
export function bytes(): z.ZodType<Uint8Array, Uint8Array> {
  return custom<Uint8Array, Uint8Array>({ type: 'string', format: 'binary' }, (value, refuse) => {
    if (value instanceof Uint8Array) return value
    if (value instanceof FileData) return value.bytes
    if (typeof value === 'string' && BASE64.test(value)) return new Uint8Array(Buffer.from(value, 'base64'))
    return refuse('bytes_type', 'Input should be bytes, or base64 inside JSON') as undefined
  })
}
