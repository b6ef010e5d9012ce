import { describe, expect, it } from 'vitest'
import type { Peer } from './peer.ts'

/** How requests travel at the same time, and what else a client can do. */
export function calls(peer: Peer): void {
  const slowly = (seconds: number) => ({ parameters: { seconds } })

  describe('requests at the same time', () => {
    it('of one post overlap', async () => {
      const responses = await peer.responses('/slow', Array(6).fill('x'), { requestSize: 1, ...slowly(0.4) })
      const gateways = responses.map(({ routes }) => routes[0])
      expect(gateways).toHaveLength(6)
      const lastStart = Math.max(...gateways.map((route) => route?.startTime ?? Number.NaN))
      const firstEnd = Math.min(...gateways.map((route) => route?.endTime ?? Number.NaN))
      expect(lastStart).toBeLessThan(firstEnd)
    })

    it('of several posts find their answers', async () => {
      const numbers = Array.from({ length: 20 }, (_, i) => i)
      const answers = await Promise.all(numbers.map((i) => peer.one('/index', `n${i}`)))
      expect(answers.map(({ text }) => text)).toEqual(numbers.map((i) => `N${i}`))
    })

    it('do not wait for slow ones', async () => {
      const ended: string[] = []
      const post = async (name: string, seconds: number) => {
        await peer.client.post('/slow', name, slowly(seconds))
        ended.push(name)
      }
      const start = performance.now()
      await Promise.all([post('slow', 1), post('fast', 0)])
      expect(ended).toEqual(['fast', 'slow'])
      expect(performance.now() - start).toBeGreaterThanOrEqual(990)
    })

    it('are given up at timeoutMs', async () => {
      const giveUp = peer.client.post('/slow', 'x', { ...slowly(5), timeoutMs: 200 })
      await expect(giveUp).rejects.toMatchObject({ codeName: 'DEADLINE_EXCEEDED' })
      expect((await peer.one('/index', 'still')).text).toBe('STILL')
    })
  })

  // the real HTTP gateway reads no compressed bodies, and its own client sends none
  if (peer.protocol !== 'http') {
    it.each(['Gzip', 'Deflate', 'NoCompression'] as const)('compression %s is understood', async (compression) => {
      expect((await peer.one('/index', 'z'.repeat(5000), { compression })).text).toBe('Z'.repeat(5000))
    })
  }

  it('metadata and headers travel along', async () => {
    const options = { metadata: { authorization: 'Bearer t', 'x-test': 'v' }, headers: { 'x-other': 'w' } }
    expect((await peer.one('/index', 'm', options)).text).toBe('M')
  })

  it.each([
    ['index', 'Z'],
    ['search', 'Z'],
    ['update', 'z'],
    ['delete', 'z'],
  ] as const)('%s is a short word for a post', async (name, text) => {
    const [response] = await peer.client[name]('z', { returnResponses: true })
    expect([response?.header.execEndpoint, response?.docs.texts]).toEqual([`/${name}`, [text]])
  })

  it('the flow is ready, and says so', async () => {
    expect(await peer.client.isFlowReady()).toBe(true)
    expect(await peer.client.dryRun()).toMatchObject({ code: 0 })
  })

  it('profiling tells where the time goes', async () => {
    const profile = await peer.client.profiling()
    expect(profile.Roundtrip).toBeGreaterThanOrEqual(profile.Server)
    expect(profile.Server).toBeGreaterThan(0)
  })
}
