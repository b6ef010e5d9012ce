import { expect } from 'vitest'
import type { Deviation } from './deviation.ts'

/** An answer over HTTP. */
interface Body {
  data: { tags: Record<string, unknown> }[]
}

export const httpDeviations: readonly Deviation[] = [
  {
    row: 1,
    cases: ['http/raw_post_tags_types'],
    promised(recorded: Body) {
      const tags = recorded.data[0]?.tags
      expect(tags).toMatchObject({ one: true, zero: false })
      return { ...recorded, data: [{ ...recorded.data[0], tags: { ...tags, one: 1, zero: 0 } }] }
    },
  },
]
