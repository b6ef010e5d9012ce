import { guessMimeType } from './mime-type.ts'

export interface FileInit {
  /** @default '' */
  name?: string
  /** MIME type. @default what the name's suffix says, else `application/octet-stream` */
  type?: string
}

/** A file among the arguments or the results of a typed call: bytes, and what they are. */
export class FileData {
  /** Read only: others may share the buffer. */
  readonly bytes: Uint8Array
  /** As its sender named it, without folders; empty where it has no name. */
  readonly name: string
  readonly type: string

  constructor(bytes: Uint8Array | string, { name = '', type }: FileInit = {}) {
    this.bytes = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes
    this.name = baseName(name)
    this.type = type ?? ((name && guessMimeType(name)) || 'application/octet-stream')
  }

  /** A file of a browser, a form or `fetch`. */
  static async from(blob: Blob, init: FileInit = {}): Promise<FileData> {
    const name = (blob as { name?: string }).name
    const said = { ...(name !== undefined && { name }), ...(blob.type && { type: blob.type }) }
    return new FileData(new Uint8Array(await blob.arrayBuffer()), { ...said, ...init })
  }

  /** Unit: bytes. */
  get size(): number {
    return this.bytes.byteLength
  }

  /** Its bytes as UTF-8. */
  text(): string {
    return new TextDecoder().decode(this.bytes)
  }
}

// a name that leads elsewhere on the receiver's disk is a name all the same
function baseName(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
}
