import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { z } from 'zod'
import { FlowError } from '../proto/index.ts'
import type { DeploymentOptions } from './options.ts'
import { yamlExecutor } from './schema.ts'
import { Source } from './source.ts'
import type { Variables } from './variables.ts'

export type YamlExecutor = z.input<typeof yamlExecutor>

/**
 * The deployment with what its executor's YAML says, where `uses` is a file of it or its text; what the deployment says itself is stronger.
 * @throws {FlowError} NOT_FOUND for no such file, INVALID_ARGUMENT with one line `file:line:col path: what` for each mistake
 */
export function withUses(options: DeploymentOptions, baseDir: string, variables: Variables): DeploymentOptions {
  const { uses } = options
  if (typeof uses !== 'string') return options
  const inline = /^\s*(!|jtype:|\{)/.test(uses)
  if (!inline && !/\.ya?ml$/.test(uses)) return options
  const text = inline ? uses : readText(resolve(baseDir, uses))
  return withExecutor(options, new Source(text, inline ? 'uses' : uses, yamlExecutor, variables).read())
}

/** The deployment of an executor as YAML says it. */
export function withExecutor(options: DeploymentOptions, executor: YamlExecutor): DeploymentOptions {
  const { jtype, with: usesWith, metas, requests, dynamicBatching, modules } = executor
  // Jina's name for an executor that does nothing
  const uses = jtype === 'BaseExecutor' ? undefined : jtype
  return {
    ...options,
    uses,
    modules: options.modules ?? modules,
    usesWith: both(usesWith, options.usesWith),
    usesMetas: both(metas, options.usesMetas),
    usesRequests: both(requests, options.usesRequests),
    usesDynamicBatching: both(dynamicBatching, options.usesDynamicBatching),
  }
}

function both<T extends object>(weaker: T | undefined, stronger: T | undefined): T | undefined {
  return weaker || stronger ? ({ ...weaker, ...stronger } as T) : undefined
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new FlowError('NOT_FOUND', `no executor at ${file}: ${FlowError.from(error).reason}`, { cause: error })
  }
}
