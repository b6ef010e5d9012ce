import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningFlow } from '../../../flows/index.ts'
import { startKitchen } from './kitchen-flow.ts'
import { type Answer, recordings, replay } from './recordings.ts'

// What BentoML's clients ask of tasks and were answered, in the order in which it was recorded. Each id that BentoML gave stands for the
// one that was given here for the same request.

interface Step {
  readonly name: string
  /** The task must stand so before. */
  readonly when?: string
  /** Where the answer is another one on purpose: its row, and what is answered. */
  readonly differs?: { readonly row: string; readonly status?: number; readonly body: unknown }
}

const steps: readonly Step[] = [
  { name: 'task_submit' },
  { name: 'task_status_running' },
  { name: 'task_get_running' },
  { name: 'task_retry_running' },
  { name: 'task_status_done', when: 'completed' },
  { name: 'task_get_done' },
  { name: 'task_get_twice' },
  { name: 'task_retry_done' },
  {
    name: 'task_cancel_done',
    differs: { row: 'F5: 200, the state sticks', status: 200, body: expect.objectContaining({ status: 'completed' }) },
  },
  { name: 'task_status_after_cancel_done' },
  { name: 'task_submit_fail' },
  { name: 'task_status_failed', when: 'failed' },
  { name: 'task_get_failed', differs: { row: 'E1: no list', body: { error: 'negative' } } },
  {
    name: 'task_submit_invalid',
    differs: {
      row: 'F1: validated first',
      status: 400,
      body: expect.objectContaining({ detail: [expect.anything()] }),
    },
  },
  {
    name: 'task_status_invalid',
    differs: { row: 'F1: there is no task', status: 404, body: { error: 'task_id not found' } },
  },
  {
    name: 'task_get_invalid',
    differs: { row: 'F1: there is no task', status: 404, body: { error: 'task_id not found' } },
  },
  { name: 'task_submit_cancel' },
  {
    name: 'task_cancel_running',
    differs: { row: 'F5: real cancel', status: 200, body: expect.objectContaining({ status: 'canceled' }) },
  },
  { name: 'task_status_canceled' },
  {
    name: 'task_get_canceled',
    differs: { row: 'F5: it says why', body: { error: expect.stringMatching(/^task \w{32} was canceled$/) } },
  },
  {
    name: 'task_status_canceled_later',
    differs: { row: 'F5: the state sticks', body: expect.objectContaining({ status: 'canceled' }) },
  },
  {
    name: 'task_cancel_unknown',
    differs: { row: 'F6: unknown id', status: 404, body: { error: 'task_id not found' } },
  },
  { name: 'task_cancel_post' },
  { name: 'task_retry_put' },
  { name: 'task_status_unknown' },
  { name: 'task_get_unknown' },
  { name: 'task_status_noid' },
  { name: 'task_submit_file' },
  {
    name: 'task_get_file',
    when: 'completed',
    differs: { row: 'F7: file results work', status: 200, body: 'filetask' },
  },
]

let kitchen: RunningFlow
beforeAll(async () => {
  kitchen = await startKitchen()
})
afterAll(() => kitchen?.close())

const all = new Map(recordings().map((recording) => [recording.name, recording]))

describe('what BentoML answered about tasks', () => {
  const ids = new Map<string, string>()

  it.each(steps)('is answered the same, or better on purpose: $name', async ({ name, when, differs }) => {
    const recording = all.get(name)
    if (!recording) throw new Error(`there is no recording ${name}`)
    let request = recording.request.toString('latin1')
    for (const [theirs, ours] of ids) request = request.replaceAll(theirs, ours)
    if (when) await waitFor(request, when)
    const given = await replay(kitchen.port, Buffer.from(request, 'latin1'))
    const [theirs, ours] = [idOf(recording.answer), idOf(given)]
    if (theirs && ours && /submit/.test(name)) ids.set(theirs, ours)
    expect(given.status).toBe(differs?.status ?? recording.answer.status)
    expect(given.headers.allow).toBe(recording.answer.headers.allow)
    if (differs) expect(shown(given)).toEqual(differs.body)
    else expect(shown(given)).toEqual(like(shown(recording.answer)))
  })

  it('is all of it here', () => {
    const recorded = [...all.keys()].filter((name) => /^task_(?!direct)/.test(name))
    expect(steps.map(({ name }) => name).sort()).toEqual(recorded.sort())
  })
})

async function waitFor(request: string, state: string): Promise<void> {
  const [, path = '', id = ''] = /^GET (\/\w+)\/\w+\?task_id=(\w+)/.exec(request) ?? []
  const status = async () =>
    (await (await fetch(`http://127.0.0.1:${kitchen.port}${path}/status?task_id=${id}`)).json()).status
  await expect.poll(status, { timeout: 15_000 }).toBe(state)
}

function shown({ headers, body }: Answer): unknown {
  return headers['content-type'] === 'application/json' ? JSON.parse(body.toString()) : body.toString()
}

function idOf(answer: Answer): string | undefined {
  const body = shown(answer)
  return typeof body === 'object' && body !== null && 'task_id' in body ? String(body.task_id) : undefined
}

/** The same but for ids and times; ours have a zone (F2). */
function like(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body
  const text = (value: unknown) => String(value).replace(/\b[0-9a-f]{32}\b/, '')
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => {
      if (key.endsWith('_at')) return [key, expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)]
      if (typeof value !== 'string' || text(value) === value) return [key, value]
      return [key, expect.stringMatching(new RegExp(`^${value.replace(/\b[0-9a-f]{32}\b/, '[0-9a-f]{32}')}$`))]
    }),
  )
}
