// What happened, as the client and the executors wrote it down, and what is wrong with it.

/** Times are the machine's. Unit: ms. */
export type Event =
  | { readonly kind: 'sent'; readonly id: string; readonly at: number; readonly onceOnly?: boolean }
  | { readonly kind: 'ok'; readonly id: string; readonly at: number }
  | {
      readonly kind: 'error'
      readonly id: string
      readonly at: number
      readonly code: string
      readonly reason?: string
    }
  | { readonly kind: 'start' | 'finish'; readonly id: string; readonly at: number; readonly pid: number }
  /** Something was taken away: a process, Redis, a connection. */
  | { readonly kind: 'loss'; readonly at: number }

export interface Verdict {
  readonly requests: number
  readonly answered: number
  /** Errors by code. */
  readonly errors: Readonly<Record<string, number>>
  /** Requests that began more than once. */
  readonly repeated: readonly string[]
  /** What must not be, a sentence each. */
  readonly wrong: readonly string[]
}

/** Every request has one outcome, every success was finished by an executor, and none began twice without a loss in between. */
export function judge(history: readonly Event[]): Verdict {
  const stories = storiesOf(history)
  const losses = history.flatMap((event) => (event.kind === 'loss' ? [event.at] : []))
  const errors: Record<string, number> = {}
  for (const { outcomes } of stories.values())
    for (const outcome of outcomes) if (outcome.kind === 'error') errors[outcome.code] = (errors[outcome.code] ?? 0) + 1
  return {
    requests: [...stories.values()].filter(({ sent }) => sent).length,
    answered: [...stories.values()].filter(({ outcomes }) => outcomes.some(({ kind }) => kind === 'ok')).length,
    errors,
    repeated: [...stories].filter(([, { starts }]) => starts.length > 1).map(([id]) => id),
    wrong: [...stories].flatMap(([id, story]) => mistakes(story, losses).map((mistake) => `${id} ${mistake}`)),
  }
}

interface Story {
  sent?: Extract<Event, { kind: 'sent' }>
  readonly outcomes: Extract<Event, { kind: 'ok' | 'error' }>[]
  readonly starts: number[]
  readonly finishes: number[]
}

function storiesOf(history: readonly Event[]): Map<string, Story> {
  const stories = new Map<string, Story>()
  const storyOf = (id: string) => {
    const story = stories.get(id) ?? { outcomes: [], starts: [], finishes: [] }
    stories.set(id, story)
    return story
  }
  for (const event of history) {
    if (event.kind === 'sent') storyOf(event.id).sent = event
    else if (event.kind === 'ok' || event.kind === 'error') storyOf(event.id).outcomes.push(event)
    else if (event.kind === 'start') storyOf(event.id).starts.push(event.at)
    else if (event.kind === 'finish') storyOf(event.id).finishes.push(event.at)
  }
  return stories
}

function mistakes({ sent, outcomes, starts, finishes }: Story, losses: readonly number[]): string[] {
  const found: string[] = []
  if (!sent) found.push('was run, but never sent')
  if (sent && outcomes.length === 0) found.push('has no outcome')
  if (outcomes.length > 1) found.push(`has ${outcomes.length} outcomes`)
  const ok = outcomes.find(({ kind }) => kind === 'ok')
  if (ok && !finishes.some((at) => at <= ok.at)) found.push('was answered, and nobody had finished it')
  if (sent?.onceOnly && starts.length > 1) found.push(`may run once, and began ${starts.length} times`)
  const inOrder = starts.toSorted((a, b) => a - b)
  for (const [i, again] of inOrder.slice(1).entries()) {
    const before = inOrder[i] as number
    if (!losses.some((at) => at <= again && at >= before - clockMs))
      found.push('began again, and nothing had been lost')
  }
  return found
}

/** What is written by two processes in a moment may be in either order. Unit: ms. */
const clockMs = 50
