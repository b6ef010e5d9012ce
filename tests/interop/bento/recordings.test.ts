import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Flow, type RunningFlow } from '../../../flows/index.ts'
import { silent } from '../../../proto/index.ts'
import { differs, elsewhere, exempt, reasonOf } from './differences.ts'
import { did } from './kitchen.ts'
import { startKitchen } from './kitchen-flow.ts'
import { type Answer, type Recording, recordings, replay } from './recordings.ts'
import { Reference } from './reference.ts'

let kitchen: RunningFlow
let reference: RunningFlow
beforeAll(async () => {
  const options = { protocol: 'http', host: '127.0.0.1', compat: 'bento', logger: silent } as const
  kitchen = await startKitchen()
  reference = await new Flow({ ...options, timeoutMs: 10_000 }).add({ name: 'reference', uses: Reference }).start()
})
afterAll(async () => {
  await kitchen?.close()
  await reference?.close()
})

const answer = ({ name, request }: Recording): Promise<Answer> =>
  replay((name.endsWith('_reference') ? reference : kitchen).port, request)

const all = recordings()
const replayed = all.filter(({ name }) => !reasonOf(exempt, name) && !reasonOf(elsewhere, name))

describe('what BentoML answered', () => {
  it.each(replayed)('is answered with the same status: $name', async (recording) => {
    const given = await answer(recording)
    expect(given.status).toBe(differs[recording.name]?.status ?? recording.answer.status)
  })

  const told = replayed.filter(({ name, answer }) => answer.status < 300 && !differs[name] && !/^infra_/.test(name))
  it.each(told)('is answered with the same result: $name', async (recording) => {
    const given = await answer(recording)
    expect(contentOf(given)).toEqual(contentOf(recording.answer))
    // not on what others answer: mounted apps, and CORS for itself
    if (recording.answer.headers['x-bentoml-request-id'])
      expect(given.headers['x-bentoml-request-id']).toMatch(/^[0-9a-f]{16}$/)
    expect(given.headers.server).toBe(recording.answer.headers.server)
  })

  it.each(Object.entries(differs).map(([name, told]) => ({ name, ...told })))(
    'is told otherwise: $name, $row',
    async ({ name, check }) => {
      const recording = all.find((other) => other.name === name) as Recording
      check(await answer(recording), recording.answer)
    },
  )

  it('is done in the background as it was there: in order, until one fails (bg_tasks)', async () => {
    did.length = 0
    await answer(all.find(({ name }) => name === 'bg_tasks') as Recording)
    await expect.poll(() => did).toEqual(['bg 1', 'bg 2'])
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(did).toEqual(['bg 1', 'bg 2'])
  })

  it('is left out for no recording that is not there', () => {
    const names = all.map(({ name }) => name)
    for (const [pattern] of [...exempt, ...elsewhere])
      expect(
        names.filter((name) => pattern.test(name)),
        String(pattern),
      ).not.toEqual([])
    for (const name of Object.keys(differs)) expect(names).toContain(name)
  })
})

/** What a body says: order and spaces of JSON are anybody's. */
function contentOf({ headers, body }: Answer): unknown {
  if (headers['content-type']?.startsWith('image/')) return body.subarray(0, 8).toString('latin1')
  return headers['content-type'] === 'application/json' ? JSON.parse(body.toString()) : body.toString('latin1')
}
