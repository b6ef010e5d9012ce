import { FlowError } from '../proto/index.ts'
import { checkExternal } from './external.ts'
import {
  type CompiledDeployment,
  type CompiledFlowOptions,
  compile,
  type DeploymentOptions,
  deploymentOptions,
} from './options.ts'

const GATEWAY = 'gateway'

/** The name of a deployment that is the `count`th, from 0: the given one, with its place where it is taken, or one by its place. */
export function nameOf(given: string | undefined, count: number, taken: { has(name: string): boolean }): string {
  if (!given) return `executor${count}`
  return taken.has(given) ? `${given}${count}` : given
}

/** The deployments of a flow in the order in which they were added, and what was odd about them. */
export class Deployments {
  readonly #options: Pick<CompiledFlowOptions, 'strict' | 'inspect'>
  readonly #list: CompiledDeployment[] = []
  readonly #names = new Set<string>()
  /** Deployments that are looked at, and what stands for them in the needs of others. */
  readonly #asides = new Map<string, string>()
  readonly #inspecting: string[] = []
  #count = 0
  #last = GATEWAY
  /** What the user should know, and no mistake. */
  readonly notices: string[] = []

  constructor(options: Pick<CompiledFlowOptions, 'strict' | 'inspect'>) {
    this.#options = options
  }

  /** @throws {FlowError} INVALID_ARGUMENT for a wrong option; where the flow is strict, for a name that is taken */
  add(options: DeploymentOptions): void {
    const name = nameOf(options.name, this.#count, this.#names)
    if (options.name && name !== options.name) this.#renamed(options.name, name)
    if (name === GATEWAY) throw new FlowError('INVALID_ARGUMENT', `"${GATEWAY}" is the name of the gateway`)
    const deployment = compile(deploymentOptions, options, `deployment "${name}"`)
    const given = [deployment.needs ?? []].flat()
    const needs = given.length > 0 ? given : [this.#last]
    checkExternal({ ...deployment, name })
    if (!deployment.external && deployment.port !== undefined) {
      this.notices.push(`deployment "${name}": it runs in the flow, and has no port`)
    }
    this.#list.push({ ...deployment, name, needs: needs.map((need) => this.#asides.get(need) ?? need) })
    this.#names.add(name)
    this.#count++
    if (!deployment.floating) this.#last = name
  }

  /** @throws {FlowError} INVALID_ARGUMENT for less than two names */
  join(names: readonly string[], options: DeploymentOptions): void {
    if (names.length < 2) {
      const hint = 'Use add({needs}) for one'
      throw new FlowError('INVALID_ARGUMENT', 'a join needs at least two deployments', { hint })
    }
    this.add({ name: 'joiner', ...options, needs: [...names] })
  }

  /** Joins all that nothing needs; where that is one, comes after it. */
  joinAll(options: DeploymentOptions): void {
    const hanging = this.#hanging()
    if (hanging.length > 1) this.join(hanging, options)
    else this.add({ name: 'joiner', ...options, needs: hanging })
  }

  /** A deployment beside the last one: it gets the same documents, and what is added next comes after the last one all the same. */
  inspect(options: DeploymentOptions): void {
    const { name = 'inspect' } = options
    const { inspect } = this.#options
    if (inspect === 'REMOVE') {
      this.#count += 2
      return
    }
    const inspected = this.#last
    this.add({ ...options, name, needs: inspected, floating: inspect === 'HANG' })
    this.#inspecting.push(this.#list.at(-1)?.name as string)
    this.add({ name: `_aux_${name}`, needs: inspected })
    this.#asides.set(inspected, this.#last)
  }

  /** Joins the last deployment and those beside; nothing where there are none. */
  gatherInspect(options: DeploymentOptions = {}): void {
    if (this.#inspecting.length === 0) return
    this.join([this.#last, ...this.#inspecting.splice(0)], { name: 'gather_inspect', ...options })
  }

  /** All of them. */
  finished(): readonly CompiledDeployment[] {
    if (this.#options.inspect === 'COLLECT') this.gatherInspect()
    return this.#list
  }

  #hanging(): string[] {
    const needed = new Set(this.#list.flatMap(({ needs }) => needs ?? []))
    return this.#list.filter(({ name, floating }) => !floating && !needed.has(name)).map(({ name }) => name)
  }

  #renamed(given: string, name: string): void {
    const what = `there are two deployments named "${given}"`
    if (this.#options.strict) throw new FlowError('INVALID_ARGUMENT', what)
    this.notices.push(`${what}: the later one is "${name}"`)
  }
}
