import { describe, expect, it } from 'vitest'
import { Gateway } from './gateway.ts'
import { holderOf } from './port-holder.ts'

describe.skipIf(process.platform !== 'linux')('a port that is taken', () => {
  it.each(['http', 'grpc'] as const)('is named together with the process that holds it: %s', async (protocol) => {
    const first = new Gateway({ protocol }, { nodes: [] })
    await first.start()
    const port = first.ports[protocol] as number
    const second = new Gateway({ protocol, port }, { nodes: [] })
    await expect(second.start()).rejects.toMatchObject({
      codeName: 'UNAVAILABLE',
      reason: expect.stringMatching(new RegExp(`:${port}.*held by .+ \\(pid ${process.pid}\\)`)),
    })
    await first.close()
  })

  it('that nobody holds has no holder', () => {
    expect(holderOf(1)).toBeUndefined()
  })
})
