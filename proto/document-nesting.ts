import type { Document } from './document.ts'
import type { DocumentArray } from './document-array.ts'
import { checkDepth } from './json.ts'

/** Gives nested documents the numbers that their owner's place asks for: parentId and granularity, or adjacency. */
export function adopt(owner: Document, key: 'chunks' | 'matches', nested: DocumentArray, depth = 0): DocumentArray {
  checkDepth(depth, 'a document')
  for (const document of nested) {
    if (key === 'matches') {
      if (document.adjacency !== owner.adjacency + 1) document.adjacency = owner.adjacency + 1
    } else {
      if (document.parentId !== owner.id) document.parentId = owner.id
      if (document.granularity === owner.granularity + 1) continue
      document.granularity = owner.granularity + 1
      document.adopt(depth + 1)
    }
  }
  return nested
}
