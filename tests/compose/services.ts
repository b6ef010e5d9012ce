import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse } from 'yaml'
import { freePorts, root } from '../interop/peers.ts'
import { type Command, command, sluice } from '../sluice.ts'

/** A service of docker-compose.yml, as far as it is looked at here. */
export interface Service {
  readonly image: string
  readonly command: readonly string[]
  readonly environment?: Readonly<Record<string, string | number>>
  readonly working_dir?: string
  readonly stop_grace_period?: string
  readonly deploy?: { readonly replicas: number }
  readonly build?: { readonly args: { readonly EXTRAS: string } }
  readonly healthcheck: { readonly test: readonly [how: 'CMD', ...command: string[]] }
}

export const file = resolve(root, 'docker-compose.yml')

export const services: Readonly<Record<string, Service>> = parse(readFileSync(file, 'utf8'), { merge: true }).services

/** Where each container's port is on this machine. */
export async function portMap(redis: number): Promise<ReadonlyMap<string, string>> {
  const first = await freePorts(2)
  return new Map([
    ['redis:6379', `127.0.0.1:${redis}`],
    ['8080', String(first)],
    ['50051', String(first + 1)],
  ])
}

/** Starts what a container of the service would. */
export function start(service: Service, ports: ReadonlyMap<string, string>): Command {
  return run(service.command, service, ports)
}

/** True where the service's health check ends with 0. */
export async function healthy(service: Service, ports: ReadonlyMap<string, string>): Promise<boolean> {
  const [, ...test] = service.healthcheck.test
  return (await run(test, service, ports).ended) === 0
}

function run(
  words: readonly string[],
  { environment = {}, working_dir: folder = '/app' }: Service,
  ports: ReadonlyMap<string, string>,
): Command {
  const here = (text: string | number) => [...ports].reduce((all, [from, to]) => all.replaceAll(from, to), String(text))
  const env = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, here(value)]))
  const [program = '', ...args] = words.map(here)
  const options = { env, cwd: folder.replace(/^\/app/, root) }
  return program === 'sluice' ? sluice(args, options) : command([program, ...args], options)
}
