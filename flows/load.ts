import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { FlowError } from '../proto/index.ts'
import { Flow } from './flow.ts'
import { checkNames } from './names.ts'
import type { DeploymentOptions, FlowOptions } from './options.ts'
import type { Path } from './places.ts'
import { meant, type YamlDeployment, type YamlFlow, yamlFlow } from './schema.ts'
import { Source } from './source.ts'
import { withExecutor } from './uses.ts'
import type { Env, Variables } from './variables.ts'

/** What a file does not say. */
export interface LoadOptions {
  /** What `${{ CONTEXT.X }}` and `${{ X }}` stand for. */
  readonly context?: Readonly<Record<string, unknown>>
  /** Options that are stronger than the file's. */
  readonly options?: FlowOptions
}

/**
 * Reads a flow from a YAML file; relative `uses` start at its folder.
 * @param env - what `$X`, `${X}` and `${{ ENV.X }}` stand for, such as `process.env`; default: none is set
 * @throws {FlowError} NOT_FOUND for no such file, INVALID_ARGUMENT with one line `file:line:col path: what` for each mistake
 */
export async function loadFlow(file: string, env: Env = {}, more: LoadOptions = {}): Promise<Flow> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new FlowError('NOT_FOUND', `no flow at ${file}: ${FlowError.from(error).reason}`, { cause: error })
  }
  return parseFlow(text, file, env, more)
}

/**
 * As {@link loadFlow}, from text; `file` names it in messages.
 * @throws {FlowError} INVALID_ARGUMENT with one line `file:line:col path: what` for each mistake
 */
export function parseFlow(text: string, file: string, env: Env = {}, { context, options }: LoadOptions = {}): Flow {
  const variables: Variables = { env, context }
  const source = new Source(text, file, yamlFlow, variables)
  const spec = source.read(checkNames)
  const [front, gateway] = [meant(spec.with ?? {}, 'flow'), meant(spec.gateway ?? {}, 'flow')]
  // checked, and what is left out has no key here
  const written = { ...front.own, ...gateway.own, ...options } as FlowOptions
  const flow = new Flow(written, dirname(resolve(file)), variables)
  const notice = (path: Path, keys: readonly string[]) => {
    for (const key of keys) flow.notice(`${source.placeOf([...path, key])}: is Jina's own and means nothing here`)
  }
  notice(['with'], front.ignored)
  notice(['gateway'], gateway.ignored)
  const key = spec.executors ? 'executors' : 'deployments'
  for (const [i, deployment] of (spec[key] ?? []).entries()) {
    if (deployment.name === 'gateway') {
      flow.notice(`${source.placeOf([key, i])}: is named as the gateway, and left out as in Jina`)
      continue
    }
    const { own, ignored } = meant(deployment, 'executor')
    notice([key, i], ignored)
    try {
      add(flow, own)
    } catch (error) {
      const { reason } = FlowError.from(error)
      if (reason.startsWith(`${own.uses}:`)) source.mistakesElsewhere(reason)
      else source.mistakeAt([key, i], reason)
    }
  }
  source.complain()
  flow.build()
  return flow
}

function add(flow: Flow, { method = 'add', pyModules: _, uses, ...others }: YamlDeployment): void {
  const deployment = (
    typeof uses === 'object' ? withExecutor(others as DeploymentOptions, uses) : { ...others, uses }
  ) as DeploymentOptions
  const { needs = [] } = deployment
  if (method === 'needs') flow.needs([needs].flat(), deployment)
  else if (method === 'needs_all') flow.needsAll(deployment)
  else if (method === 'inspect') flow.inspect(deployment)
  else if (method === 'gather_inspect') flow.gatherInspect(deployment)
  else flow.add(deployment)
}

export type { YamlFlow }
