import { type DocumentArray, Executor, requests } from '../executors/index.ts'
import type { NdArray } from '../proto/index.ts'

// The executors of ../shared/load/jina/flow.py.

export class Noop extends Executor {
  @requests()
  noop(_docs: DocumentArray): void {}
}

/** Reads every document's text and embedding, and writes a tag. */
export class Touch extends Executor {
  @requests()
  touch(docs: DocumentArray): void {
    for (const doc of docs) {
      const embedding = doc.embedding as NdArray | undefined
      doc.tags.size = doc.text.length + (embedding?.data.length ?? 0)
    }
  }
}
