import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defineExecutor } from '../../executors/index.ts'
import { type Asker, askers } from './peers/askers.ts'
import { type Served, startGateway } from './peers/gateway.ts'

// Whatever ids clients give, and in whatever order answers come: each client gets its own.

/** Requests that wait to be answered, in the order they came. */
let held: { text: string; release: () => void }[] = []

const Sample = defineExecutor({
  name: 'Sample',
  requests: {
    '/mark': (docs) => {
      for (const document of docs) document.text += '!'
    },
    '/held': async (docs) => {
      await new Promise<void>((release) => held.push({ text: docs.texts[0] as string, release }))
      for (const document of docs) document.text += '!'
    },
  },
})

let served: Served
beforeAll(async () => {
  served = await startGateway({ protocol: ['grpc', 'http', 'websocket', 'graphql'] }, Sample)
})
afterAll(() => served.close())

const count = (length: number) => Array.from({ length }, (_, i) => i)

describe.each(askers)('over $name', ({ protocol, open }) => {
  const opened: Asker[] = []
  const connect = async () => {
    const asker = await open(served.gateway.ports[protocol] as number)
    opened.push(asker)
    return asker
  }
  afterAll(() => {
    for (const asker of opened) asker.vanish()
  })

  it('two clients with the same ids at the same time get their own answers, the last question answered first', async () => {
    held = []
    const [ours, theirs] = [await connect(), await connect()]
    const order: string[] = []
    const answers = count(20).flatMap((i) =>
      [ours, theirs].map(async (asker) => {
        const text = `${asker === ours ? 'ours' : 'theirs'} ${i}`
        expect((await asker.ask({ endpoint: '/held', text, id: `same ${i}` })).text).toBe(`${text}!`)
        order.push(text)
      }),
    )
    await expect.poll(() => held.length).toBe(40)
    const came = held.map(({ text }) => text)
    for (const { release } of [...held].reverse()) {
      const answered = order.length
      release()
      await expect.poll(() => order.length, { interval: 1 }).toBe(answered + 1)
    }
    await Promise.all(answers)
    expect(order).toEqual(came.reverse())
  })

  it('a thousand questions at once are each answered with their own document', async () => {
    const asker = await connect()
    const outcomes = await Promise.all(count(1000).map((i) => asker.ask({ endpoint: '/mark', text: `${i}` })))
    expect(outcomes.map(({ text }) => text)).toEqual(count(1000).map((i) => `${i}!`))
  })
})
