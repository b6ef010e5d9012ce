import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Flow, type RunningFlow } from '../../../flows/index.ts'
import { silent } from '../../../proto/index.ts'

// GraphQL over HTTP, as the specification's own audits see it: what MUST, SHOULD and MAY be, alike.

let flow: RunningFlow
beforeAll(async () => {
  flow = await new Flow({ protocol: 'graphql', host: '127.0.0.1', logger: silent }).add({ name: 'idle' }).start()
})
afterAll(() => flow?.close())

describe('GraphQL over HTTP', () => {
  const audits = serverAudits({ url: () => `http://127.0.0.1:${flow.port}/graphql` })

  it('has 61 audits', () => {
    expect(audits).toHaveLength(61)
  })

  it.each(audits)('$id: $name', async ({ fn }) => {
    const { status, ...why } = await fn()
    expect(status, 'reason' in why ? why.reason : undefined).toBe('ok')
  })
})
