import { resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { watch } from 'chokidar'
import { FlowError } from '../proto/index.ts'
import type { Flow, RunningFlow } from './flow.ts'
import { loadFlow } from './load.ts'
import type { OnStart } from './seating.ts'
import { sourcesOf } from './sources.ts'
import type { Env } from './variables.ts'

/** What came of a change of files. */
export type ReloadEvent =
  /** Requests go to what the files say now, and what was before has ended. */
  | { readonly kind: 'reloaded'; readonly files: readonly string[] }
  /** What runs stays as it was. */
  | { readonly kind: 'refused'; readonly files: readonly string[]; readonly error: FlowError }
  /** The flow's options are different: they are taken at the next start. */
  | { readonly kind: 'restart' }

export interface ReloadOptions {
  readonly env?: Env
  readonly onStart?: OnStart
  readonly onReload?: (event: ReloadEvent) => void
}

/** A flow that follows its files. */
export interface ReloadingFlow {
  readonly running: RunningFlow
  /** Looks at files no more; the flow goes on. */
  close(): Promise<void>
}

/** Editors write a file in several steps. Unit: ms. */
const SETTLE_MS = 80

/**
 * Starts the flow of a YAML file; whenever that or a file of its executors changes, executors are started anew beside those that run, and take
 * their places. Executors run in threads.
 */
export async function startReloading(file: string, options: ReloadOptions = {}): Promise<ReloadingFlow> {
  const { env, onStart, onReload = () => {} } = options
  let flow = await loadFlow(file, env)
  const running = await flow.start({ reload: true }, onStart)
  let sources = await sourcesOf(flow.describe())
  const yaml = resolve(file)
  const all = () => [yaml, ...new Set([...sources.values()].flatMap((files) => [...files]))]
  const watcher = watch(all(), { ignoreInitial: true, atomic: SETTLE_MS })
  const changed = new Set<string>()
  /** Deployments whose files changed, until they have been started anew. */
  const stale = new Set<string>()
  let working: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  const apply = async () => {
    const files = [...changed]
    changed.clear()
    for (const [name, own] of sources) if (files.some((one) => own.has(one))) stale.add(name)
    try {
      const next = files.includes(yaml) ? await loadFlow(file, env) : flow
      if (!sameOptions(next, flow)) onReload({ kind: 'restart' })
      await running.replace(next, stale)
      flow = next
      stale.clear()
      onReload({ kind: 'reloaded', files })
    } catch (error) {
      onReload({ kind: 'refused', files, error: FlowError.from(error) })
    }
    sources = await sourcesOf(flow.describe(), sources)
    watcher.add(all())
  }
  const work = async () => {
    while (changed.size > 0) await apply()
    working = undefined
  }
  watcher.on('all', (_, path) => {
    changed.add(resolve(path))
    clearTimeout(timer)
    timer = setTimeout(() => {
      working ??= work()
    }, SETTLE_MS)
  })
  await new Promise<void>((ready) => watcher.once('ready', ready))
  return {
    running,
    async close() {
      clearTimeout(timer)
      await watcher.close()
      await working
    },
  }
}

function sameOptions(a: Flow, b: Flow): boolean {
  return isDeepStrictEqual(a.describe().options, b.describe().options)
}
