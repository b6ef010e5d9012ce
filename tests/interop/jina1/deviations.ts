import type { Deviation } from './deviations/deviation.ts'
import { graphqlDeviations } from './deviations/graphql.ts'
import { httpDeviations } from './deviations/http.ts'
import { websocketDeviations } from './deviations/websocket.ts'

export const deviations: readonly Deviation[] = [...httpDeviations, ...websocketDeviations, ...graphqlDeviations]

/**
 * The recorded answer, or what rows of the deviations promise in its place.
 * @param name - `folder/case`
 */
export function expected(name: string, recorded: unknown): unknown {
  const folder = name.split('/')[0]
  return deviations
    .filter(({ cases }) => cases.includes(name) || cases.includes(`${folder}/*`))
    .reduce((answer, { promised }) => promised(answer as never, name), recorded)
}
