import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { FlowError } from '../proto/index.ts'
import { Flow } from './flow.ts'
import type { DeploymentOptions, FlowOptions } from './options.ts'
import type { YamlDeployment } from './schema.ts'
import { Source } from './source.ts'
import type { Env } from './variables.ts'

/**
 * Reads a flow from a YAML file; relative `uses` start at its folder.
 * @param env - what `$X`, `${X}` and `${{ ENV.X }}` stand for, such as `process.env`; default: none is set
 * @throws {FlowError} NOT_FOUND for no such file, INVALID_ARGUMENT with one line `file:line:col path: what` for each mistake
 */
export async function loadFlow(file: string, env: Env = {}): Promise<Flow> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new FlowError('NOT_FOUND', `no flow at ${file}: ${FlowError.from(error).reason}`, { cause: error })
  }
  return parseFlow(text, file, env)
}

/**
 * As {@link loadFlow}, from text; `file` names it in messages.
 * @throws {FlowError} INVALID_ARGUMENT with one line `file:line:col path: what` for each mistake
 */
export function parseFlow(text: string, file: string, env: Env = {}): Flow {
  const spec = new Source(text, file, env).read()
  // checked, and what is left out has no key here
  const flow = new Flow({ ...spec.with, ...spec.gateway } as FlowOptions, dirname(resolve(file)))
  for (const deployment of spec.executors ?? spec.deployments ?? []) flow.add(deploymentOf(deployment))
  return flow
}

function deploymentOf({ uses, ...others }: YamlDeployment): DeploymentOptions {
  if (typeof uses !== 'object') return { ...others, uses }
  return { ...others, uses: uses.jtype, usesWith: { ...uses.with, ...others.usesWith } }
}
