import { createGraph } from '../gateway/index.ts'
import { FlowError } from '../proto/index.ts'
import { nameOf } from './deployments.ts'
import type { Path } from './places.ts'
import { suggestion } from './spelling.ts'

type Mistake = (path: Path, text: string) => void

/** What a deployment is called whose method names it, unless it says otherwise. */
const NAMED_BY_METHOD: Readonly<Record<string, string>> = {
  needs: 'joiner',
  needs_all: 'joiner',
  inspect: 'inspect',
  gather_inspect: 'gather_inspect',
}

interface Named {
  readonly path: Path
  readonly name: string
  readonly needs: unknown
  readonly floating: boolean
  readonly method: unknown
}

/** What is wrong with the names in a flow and with what its deployments need; all of it may be of any type. */
export function checkNames(spec: unknown, mistake: Mistake): void {
  const { executors, deployments, with: options, gateway } = spec as Record<string, unknown>
  if (executors !== undefined && deployments !== undefined) {
    mistake(['deployments'], 'says the same as executors: keep one')
  }
  const key = executors === undefined ? 'deployments' : 'executors'
  const list = executors ?? deployments
  const front = { ...(options as object), ...(gateway as object) } as { strict?: unknown }
  const isStrict = front.strict === true
  const named = Array.isArray(list) ? namesOf(list, key, isStrict, mistake) : []
  const known = ['gateway', ...named.map(({ name }) => name)]
  const asides = named.map(({ name }) => `_aux_${name}`)
  let allFound = true
  for (const { path, name, needs } of named) {
    for (const [j, need] of [needs ?? []].flat().entries()) {
      if (typeof need !== 'string' || (need !== name && [...known, ...asides].includes(need))) continue
      allFound = false
      const where = Array.isArray(needs) ? [...path, 'needs', j] : [...path, 'needs']
      const others = known.filter((other) => other !== name)
      mistake(where, need === name ? 'needs itself' : `no executor is named "${need}"${suggestion(need, others)}`)
    }
  }
  if (allFound) checkGraph(named, isStrict, mistake)
}

function namesOf(list: readonly unknown[], key: string, strict: boolean, mistake: Mistake): Named[] {
  const taken = new Set<string>()
  return list.flatMap((deployment, i) => {
    const { name: given, method = 'add', needs, floating } = (deployment ?? {}) as Record<string, unknown>
    // as in Jina, where an entry of that name stood for the gateway once
    if (given === 'gateway') return []
    const name = nameOf(typeof given === 'string' ? given : NAMED_BY_METHOD[String(method)], taken.size, taken)
    if (strict && typeof given === 'string' && taken.has(given))
      mistake([key, i, 'name'], `there is another "${given}"`)
    taken.add(name)
    return [{ path: [key, i], name, needs, floating: floating === true, method }]
  })
}

function checkGraph(named: readonly Named[], strict: boolean, mistake: Mistake): void {
  const specs = named.map(({ name, needs, floating }) => {
    const texts = [needs ?? []].flat().filter((need): need is string => typeof need === 'string')
    return { name, floating, needs: texts.filter((need) => !need.startsWith('_aux_')) }
  })
  try {
    const { loose } = createGraph(specs)
    // inspecting deployments are joined at the end
    if (!strict || named.some(({ method }) => method !== 'add')) return
    for (const name of loose) {
      const { path = [] } = named.find((one) => one.name === name) ?? {}
      mistake(path, 'nobody takes its answer: join it with method: needs_all, or say floating: true')
    }
  } catch (error) {
    const { reason, details } = FlowError.from(error)
    const wrong = named.find(({ name }) => name === details.executor)
    mistake(wrong ? [...wrong.path, 'needs'] : [], reason)
  }
}
