import { parse } from 'content-disposition'
import { FlowError } from '../../proto/index.ts'
import type { Files, TemporaryFolder } from '../platform/files.ts'
import { bytesOf, chunksOf } from '../protocols/fetcher.ts'
import { streamOf } from './streams.ts'

/** What a file result needs beside its answer. */
export interface FileOrigin {
  files(): Promise<Files>
  /** Files that have no other place go there; it is removed when the client closes. */
  folder(): Promise<TemporaryFolder>
  readonly maxMessageBytes: number
  /** Its answer was read, or given up. */
  ended(): void
}

/** A file that a service gives back: it is read once, as it comes. */
export class FileResult {
  /** As the service calls it, without folders; empty where it has no name. */
  readonly name: string
  /** MIME type. */
  readonly type: string
  /** Unit: bytes; undefined where the service does not say. */
  readonly size: number | undefined
  readonly #response: Response
  readonly #init: RequestInit
  readonly #origin: FileOrigin
  #taken = false

  /** @internal */
  constructor(response: Response, init: RequestInit, origin: FileOrigin) {
    const { headers } = response
    const length = headers.get('content-length')
    this.name = nameOf(headers.get('content-disposition'))
    this.type = headers.get('content-type') ?? 'application/octet-stream'
    // of a body that was unpacked on its way, the length is another
    this.size = length === null || headers.has('content-encoding') ? undefined : Number(length)
    this.#response = response
    this.#init = init
    this.#origin = origin
  }

  /** Its bytes as they come. Who stops reading closes the connection. @throws {FlowError} where the connection breaks off */
  stream(): ReadableStream<Uint8Array> {
    return streamOf(this.#chunks())
  }

  /** @throws {FlowError} RESOURCE_EXHAUSTED for more than `maxMessageBytes` */
  async bytes(): Promise<Uint8Array> {
    this.#take()
    try {
      return await bytesOf(this.#response, this.#init, this.#origin.maxMessageBytes)
    } finally {
      this.#origin.ended()
    }
  }

  /** Its bytes as UTF-8. @throws {FlowError} as {@link bytes} */
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }

  /** @throws {FlowError} as {@link bytes} */
  async blob(): Promise<Blob> {
    return new Blob([(await this.bytes()) as Uint8Array<ArrayBuffer>], { type: this.type })
  }

  /** Writes it to a path, as it comes. Node only. @throws {FlowError} where it cannot be written, or the connection breaks off */
  async save(path: string): Promise<void> {
    const files = await this.#origin.files()
    try {
      await files.save(path, this.#chunks())
    } catch (error) {
      throw FlowError.from(error, 'FAILED_PRECONDITION')
    }
  }

  /** Writes it to a file of its own, which is removed when the client closes, and gives back its path. Node only. */
  async path(): Promise<string> {
    const { pathOf } = await this.#origin.folder()
    const path = pathOf(`${crypto.randomUUID()}-${this.name || 'file'}`)
    await this.save(path)
    return path
  }

  async *#chunks(): AsyncGenerator<Uint8Array, void> {
    this.#take()
    try {
      yield* chunksOf(this.#response, this.#init)
    } finally {
      this.#origin.ended()
    }
  }

  #take(): void {
    if (this.#taken) throw new FlowError('FAILED_PRECONDITION', `the file "${this.name}" was read already`)
    this.#taken = true
  }
}

/** The name that a `content-disposition` says, without folders. */
function nameOf(disposition: string | null): string {
  try {
    const name = parse(disposition ?? '').parameters.filename ?? ''
    return name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
  } catch {
    return ''
  }
}
