/** Files of this machine, and bodies that are streams: what Node has and browsers have not, or have otherwise. */
export interface Files {
  /** @throws {FlowError} NOT_FOUND where no file is; UNIMPLEMENTED in browsers */
  open(path: string): Promise<Blob>
  /** Writes a file as its bytes come. @throws {FlowError} UNIMPLEMENTED in browsers */
  save(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void>
  /** A folder of its own, for files that have no other place. @throws {FlowError} UNIMPLEMENTED in browsers */
  temporaryFolder(): Promise<TemporaryFolder>
  /** What `fetch` takes to send chunks as they come, or all of them once they have come. */
  body(chunks: AsyncIterable<Uint8Array>): Promise<Pick<RequestInit, 'body'>>
}

export interface TemporaryFolder {
  pathOf(name: string): string
  remove(): Promise<void>
}
