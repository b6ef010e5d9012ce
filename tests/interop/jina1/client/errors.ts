import { describe, expect, it } from 'vitest'
import { type DataRequest, FlowError } from '../../../../client/index.ts'
import type { Peer } from './peer.ts'

/** What is heard of executors that fail, and of answers as they come. */
export function errors(peer: Peer): void {
  describe('errors of executors', () => {
    it('come back as status, with the documents as sent', async () => {
      const { status, docs } = await peer.response('/fail', { id: 'f', text: 'keep' })
      expect(status).toMatchObject({
        code: 1,
        description: expect.stringContaining('boom'),
        exception: { name: 'ValueError', args: ['boom'], executor: 'Fail' },
      })
      expect(status?.exception?.stacks.length).toBeGreaterThan(0)
      expect(docs.texts).toEqual(['keep'])
    })

    it('are told in the routes', async () => {
      const { routes } = await peer.response('/fail', 'x')
      const codes = routes.map(({ executor, status }) => [executor, status?.code ?? 0])
      expect(Object.fromEntries(codes)).toMatchObject({ upper: 0, fail: 1 })
    })

    it('end the way', async () => {
      const { status, routes } = await peer.response('/fail_early', 'x')
      expect(status?.exception).toMatchObject({ name: 'RuntimeError', args: ['early', '42'] })
      expect(routes.map(({ executor }) => executor)).toEqual(['gateway', 'upper'])
    })

    it('are thrown unless something takes them', async () => {
      const failing = peer.client.post('/fail', 'x')
      await expect(failing).rejects.toThrow(FlowError)
      await expect(failing).rejects.toThrow(/boom/)
      await expect(peer.client.stream('/fail', 'x').next()).rejects.toThrow(/boom/)
    })

    it('do not end a post with continueOnError, nor the gateway', async () => {
      const responses = await peer.responses('/fail', ['a', 'b', 'c', 'd'], { requestSize: 1 })
      expect(responses.map(({ failed }) => failed)).toEqual([true, true, true, true])
      expect((await peer.one('/index', 'ok')).text).toBe('OK')
    })
  })

  describe('callbacks', () => {
    const logging = () => {
      const log: unknown[] = []
      const callbacks = {
        onDone: ({ docs }: DataRequest) => void log.push(['done', docs[0]?.text]),
        onError: ({ status }: DataRequest, { message }: FlowError) =>
          void log.push(['error', status?.code, status?.exception?.name, message.includes('boom')]),
        onAlways: ({ header }: DataRequest) => void log.push(['always', header.execEndpoint]),
      }
      return { log, callbacks }
    }

    it('hear of success: onDone, then onAlways', async () => {
      const { log, callbacks } = logging()
      expect(await peer.client.post('/index', 'a', callbacks)).toBeUndefined()
      expect(log).toEqual([
        ['done', 'A'],
        ['always', '/index'],
      ])
    })

    it('hear of failure: onError, then onAlways', async () => {
      const { log, callbacks } = logging()
      expect(await peer.client.post('/fail', 'a', callbacks)).toBeUndefined()
      expect(log).toEqual([
        ['error', 1, 'ValueError', true],
        ['always', '/fail'],
      ])
    })

    it('are called for each request', async () => {
      const sizes: number[] = []
      const onDone = ({ docs }: DataRequest) => void sizes.push(docs.length)
      await peer.client.post('/index', Array(25).fill('x'), { requestSize: 10, onDone })
      expect(sizes.sort()).toEqual([10, 10, 5])
    })
  })
}
