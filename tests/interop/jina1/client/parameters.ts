import { describe, expect, it } from 'vitest'
import type { DataRequest, PostOptions } from '../../../../client/index.ts'
import type { Peer } from './peer.ts'

/** What executors get to see of parameters, and what of them comes back. */
export function parameters(peer: Peer): void {
  /** What each of the three received, without the results that Jina keeps among parameters. */
  const received = async (sent: NonNullable<PostOptions['parameters']>) => {
    const { docs, parameters } = await peer.response('/params', 'x', { parameters: sent })
    const own = ({ __results__, ...others }: Record<string, unknown>) => others
    const of = (name: string) => own(docs[0]?.tags[`params_${name}`] as Record<string, unknown>)
    return { upper: of('upper'), embed: of('embed'), fail: of('fail'), back: own(parameters) }
  }

  describe('parameters', () => {
    it('reach executors, and come back as sent', async () => {
      const sent = { i: 3, f: 0.5, s: 'x', b: true, n: null, l: [1, 'a', { z: 2 }], o: { k: { kk: 1 } }, u: 'é😀' }
      expect(await received(sent)).toEqual({ upper: sent, embed: sent, fail: sent, back: sent })
    })

    it('are for one executor where its name stands before them', async () => {
      const sent = { common: 1, upper__only: 'U', embed__top_k: 7 }
      expect(await received(sent)).toEqual({
        upper: { common: 1, only: 'U' },
        embed: { common: 1, top_k: 7 },
        fail: { common: 1 },
        back: sent,
      })
    })

    it('of one executor win over those of all', async () => {
      const { upper, embed, fail } = await received({ k: 1, embed__k: 2 })
      expect([upper.k, embed.k, fail.k]).toEqual([1, 2, 1])
    })

    it('are for one executor in an object of its name', async () => {
      const { upper, embed } = await received({ a: 1, embed: { z: 3, a: 9 } })
      expect(embed).toMatchObject({ z: 3, a: 9 })
      expect([upper.a, upper.z]).toEqual([1, undefined])
    })

    it('go without documents', async () => {
      const { parameters, docs } = await peer.response('/params', undefined, { parameters: { a: 5 } })
      expect([parameters.a, docs.length]).toEqual([5, 0])
    })

    it('come back with what executors returned as objects', async () => {
      const { parameters }: DataRequest = await peer.response('/results', ['a', 'b', 'c'])
      const results = Object.entries(parameters.__results__ as object)
      expect(Object.fromEntries(results.map(([key, result]) => [key.split('/')[0], result]))).toEqual({
        upper: { count: 3, who: 'upper' },
        embed: { count: 3, who: 'embed' },
      })
    })
  })
}
