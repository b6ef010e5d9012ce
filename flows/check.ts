import { CallContext, DataRequest, Document, DocumentArray, FlowError, nowMs } from '../proto/index.ts'
import type { Flow, RunningFlow } from './flow.ts'
import { loadFlow } from './load.ts'
import type { Env } from './variables.ts'

/** How one of the things that are checked went. */
export interface CheckStep {
  readonly step: 'file' | 'executors' | 'document'
  readonly ok: boolean
  /** What was found, or what is wrong. */
  readonly text: string
  /** Whose fault it is, where it is one deployment's. */
  readonly executor?: string
}

export interface CheckOptions {
  /** The endpoint that a document is sent to. @default every executor takes one and does nothing with it */
  readonly on?: string | undefined
  readonly document?: Document | undefined
  readonly env?: Env
  /** Told of each step when it has been made. */
  readonly onStep?: (step: CheckStep) => void
}

/**
 * Reads a flow, starts it in this process alone, where nobody else sees it, and sends one document through. Ends at the first that is wrong.
 * Executors over Redis are started here as the others; external ones are asked where they are.
 */
export async function checkFlow(file: string, options: CheckOptions = {}): Promise<CheckStep[]> {
  const steps: CheckStep[] = []
  const make = async <T>(step: CheckStep['step'], run: () => Promise<[T, string]>): Promise<T> => {
    try {
      const [value, text] = await run()
      note({ step, ok: true, text })
      return value
    } catch (error) {
      const { reason, details } = FlowError.from(error)
      const text = details.hint ? `${reason}. ${details.hint}` : reason
      note({ step, ok: false, text, ...(details.executor !== undefined && { executor: details.executor }) })
      throw error
    }
  }
  const note = (step: CheckStep) => {
    steps.push(step)
    options.onStep?.(step)
  }
  try {
    const flow = await make('file', async () => {
      const loaded = await loadFlow(file, options.env)
      return [loaded, namesOf(loaded)]
    })
    await using running = await make('executors', async () => {
      const started = await flow.start({ alone: true })
      return [started, startedText(flow)]
    })
    await make('document', async () => [undefined, await pushThrough(running, options)])
  } catch {
    // it is the last of the steps
  }
  return steps
}

function namesOf(flow: Flow): string {
  const names = flow.describe().deployments.map(({ name }) => name)
  if (names.length === 0) return 'no executors: requests are answered as they are'
  return `${names.length} ${names.length === 1 ? 'executor' : 'executors'}: ${names.join(', ')}`
}

function startedText(flow: Flow): string {
  const { deployments } = flow.describe()
  const elsewhere = deployments.filter(({ external }) => external).length
  return `${deployments.length - elsewhere} started${elsewhere > 0 ? `, ${elsewhere} elsewhere` : ''}`
}

async function pushThrough(running: RunningFlow, { on, document }: CheckOptions): Promise<string> {
  if (on === undefined) {
    const { code, description, exception } = await running.dryRun()
    if (code === 0) return 'an empty one passes through all executors'
    throw new FlowError('FAILED_PRECONDITION', description || 'it did not pass', { executor: exception?.executor })
  }
  const serving = servingOf(running, on)
  const docs = new DocumentArray([document ?? new Document('a document')])
  const start = nowMs()
  const answer = await running.handler(new DataRequest({ header: { execEndpoint: on }, docs }), new CallContext())
  const took = Math.round(nowMs() - start)
  const { status } = answer
  if (status && status.code !== 0) {
    throw new FlowError('FAILED_PRECONDITION', status.description, { executor: status.exception?.executor })
  }
  const back = `${answer.docs.length} ${answer.docs.length === 1 ? 'document' : 'documents'} back`
  return `${on} went through ${serving.join(', ')}: ${back} in ${took} ms`
}

/** @throws {FlowError} NOT_FOUND where nobody serves the endpoint */
function servingOf(running: RunningFlow, on: string): string[] {
  const all = [...running.endpoints]
  const serving = all.filter(([, endpoints]) => !endpoints || endpoints.includes(on) || endpoints.includes('/default'))
  if (serving.length > 0) return serving.map(([name]) => name)
  const known = [...new Set(all.flatMap(([, endpoints]) => endpoints ?? []))].filter((name) => name.startsWith('/'))
  throw new FlowError('NOT_FOUND', `no executor serves ${on}`, { hint: `They serve ${known.join(', ') || 'nothing'}` })
}
