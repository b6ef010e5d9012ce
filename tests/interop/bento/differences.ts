import { expect } from 'vitest'
import type { Answer } from './recordings.ts'

// Where we do not answer as BentoML: rows of ../shared/reference/bentoml-observed.md, whose last column says what is wanted instead.

type Reason = readonly [pattern: RegExp, reason: string]

/** Never replayed. */
export const exempt: readonly Reason[] = [[/^(batch_|overload_batch_)/, 'D: the batcher has its own tests']]

/** Those that need more than one request: by the test that replays them. */
export const elsewhere: readonly Reason[] = [
  [/^task_(?!direct)/, 'tasks.test.ts: one after the other, as they were recorded'],
  [/_while_full$|^overload_429$/, 'around.test.ts: while all places are taken'],
]

/** Answered otherwise: by which row, and what holds instead. */
export const differs: Readonly<Record<string, Difference>> = {
  file_upload: { row: 'B14: the original name', check: says({ name: 'a.txt', note: 'n1' }) },
  file_upload_rawfield: { row: 'B14: the original name', check: says({ name: 'a.txt', note: 'rawnote' }) },
  file_upload_traversal: { row: 'B14: the original name', check: says({ name: 'passwd', size: 4 }) },
  file_upload_many: {
    row: 'B14: the original name',
    check: ({ body }) => expect(JSON.parse(body.toString())).toEqual(['a:1', 'b:2']),
  },
  file_upload_text: { row: 'B14: 400', status: 400, check: refuses('path_type', ['file']) },
  file_upload_url_loopback: { row: 'A14: off by default', status: 400, check: refuses('url', ['file']) },
  image_bad: { row: 'B15: 400', status: 400, check: refuses('image_type', ['image']) },
  stream_json: {
    row: 'C2: lines of JSON',
    check: ({ body }, recorded) =>
      expect(body.toString()).toBe(`${recorded.body.toString().replaceAll('}{', '}\n{')}\n`),
  },
  stream_fail_mid: {
    row: 'C5: the connection breaks off',
    check: ({ body, whole }, recorded) => expect([body.toString(), whole, recorded.whole]).toEqual(['a', false, true]),
  },
  file_out_audio: {
    row: 'B16: the type that the endpoint says',
    check: ({ headers, body }, recorded) => {
      expect([headers['content-type'], recorded.headers['content-type']]).toEqual([
        'audio/mp3',
        'application/octet-stream',
      ])
      expect(body).toEqual(recorded.body)
    },
  },
}

function says(members: object): Difference['check'] {
  return ({ body }) => expect(JSON.parse(body.toString())).toMatchObject(members)
}

function refuses(type: string, loc: readonly string[]): Difference['check'] {
  return ({ body }) => expect(JSON.parse(body.toString()).detail).toMatchObject([{ type, loc }])
}

export interface Difference {
  readonly row: string
  /** @default the recorded one */
  readonly status?: number
  check(given: Answer, recorded: Answer): void
}

export function reasonOf(reasons: readonly Reason[], name: string): string | undefined {
  return reasons.find(([pattern]) => pattern.test(name))?.[1]
}
