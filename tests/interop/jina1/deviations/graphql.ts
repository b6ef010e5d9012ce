import { expect } from 'vitest'
import type { Deviation } from './deviation.ts'

/** An answer of GraphQL. */
interface Result {
  data: { docs: { tags: Record<string, unknown> }[] } | null
  errors?: { message: string }[]
}

export const graphqlDeviations: readonly Deviation[] = [
  {
    row: 1,
    cases: ['graphql/all_fields', 'graphql/tags_json_string'],
    promised({ data }: Result) {
      const [document] = data?.docs ?? []
      const numbers = Object.entries(document?.tags ?? {}).map(([key, value]) => [key, value === true ? 1 : value])
      return { data: { docs: [{ ...document, tags: Object.fromEntries(numbers) }] } }
    },
  },
  {
    row: 15,
    cases: ['graphql/no_data', 'graphql/data_null'],
    promised: refusedThere({ id: 'created-1', text: 'created' }),
  },
  {
    row: 15,
    cases: ['graphql/parameters_object'],
    promised: refusedThere({
      id: 'd1',
      tags: { params_upper: { a: 1 }, params_embed: { a: 1 }, params_fail: { a: 1 } },
    }),
  },
  { row: 15, cases: ['graphql/tags_object_literal'], promised: refusedThere({ id: 'd1', tags: { a: 1 } }) },
  {
    row: 15,
    cases: ['graphql/scores_input'],
    promised: refusedThere({ id: 'd1', scores: [{ name: 'cos', score: { value: 0.5 } }] }),
  },
  { row: 15, cases: ['graphql/blob_binary'], promised: refusedThere({ id: 'd1', blob: 'AAH/' }) },
  { row: 15, cases: ['graphql/blob_text'], promised: refusedThere({ id: 'd1', blob: 'aGVsbG8=' }) },
  {
    row: 15,
    cases: ['graphql/blob_via_create'],
    promised(recorded: Result) {
      expect(recorded).toEqual({ data: { docs: [{ id: 'd1', blob: 'AP9yYXc=' }] } })
      return { data: { docs: [{ id: 'd1', blob: 'QVA5eVlYYz0=' }] } }
    },
  },
  {
    row: 16,
    cases: ['graphql/*'],
    promised({ data, errors }: Result) {
      // what did not run has no data
      if (!data)
        return {
          errors: errors?.map((error) => ({ ...error, extensions: { code: expect.stringMatching(/^[A-Z_]+$/) } })),
        }
      return {
        data,
        extensions: { docs: expect.objectContaining({ requestId: 'requestId', routes: expect.any(Array) }) },
      }
    },
  },
  {
    row: 16,
    cases: ['graphql/client_mutate_bad', 'graphql/unknown_field'],
    promised: ({ errors }: Result) => ({
      errors: errors?.map((error) => ({ ...error, message: error.message.replaceAll("'", '"') })),
    }),
  },
]

/** What failed in Jina, and gives one document here. */
function refusedThere(document: object) {
  return (recorded: Result) => {
    expect(recorded).toEqual({ data: null, errors: [expect.objectContaining({ message: expect.any(String) })] })
    return { data: { docs: [document] } }
  }
}
