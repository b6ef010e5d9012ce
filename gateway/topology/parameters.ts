import type { DataRequest, JsonObject, JsonValue, Route } from '../../proto/index.ts'

// Jina's rules for parameters that are meant for one executor:
// `name__key` is `key` for the executor `name` and nothing for others; an object under an executor's name is merged for it, and kept.

const RESULTS = '__results__'
const NO_PARAMETERS: JsonObject = {}

/** What the parameters of a request are for one node each. */
export interface Specialised {
  /** The parameters as this node gets them; undefined where they are as sent. */
  forNode(name: string): JsonObject | undefined
}

const AS_SENT: Specialised = { forNode: () => undefined }

export function specialise(request: DataRequest): Specialised {
  const sent = request.hasParameters ? request.ownParameters() : NO_PARAMETERS
  const keys = Object.keys(sent)
  if (!keys.some((key) => isSpecific(key) || isObject(sent[key]))) return AS_SENT
  return {
    forNode: (name) => (keys.some((key) => isSpecific(key) || key === name) ? parametersFor(name, sent) : undefined),
  }
}

function parametersFor(name: string, sent: JsonObject): JsonObject {
  const parameters: JsonObject = {}
  const specific: JsonObject = {}
  for (const [key, value] of Object.entries(sent)) {
    if (!isSpecific(key)) {
      parameters[key] = value
      continue
    }
    const parts = key.split('__')
    const own = parts.pop() as string
    if (parts.join('') === name) specific[own] = value
  }
  const own = sent[name]
  return { ...parameters, ...specific, ...(isObject(own) ? own : {}) }
}

// `__lead` and `trail__` are ordinary, and so is what executors returned
function isSpecific(key: string): boolean {
  return key !== RESULTS && !key.startsWith('__') && !key.endsWith('__') && key.includes('__')
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Collects what executors returned as objects: of several that set the same key, the last in the order of the graph counts. */
export class Results {
  #byNode: Map<number, JsonObject> | undefined

  /** Adds what the answer of the node at `position` has and `sent` had not. */
  add(position: number, sent: DataRequest, answer: DataRequest): void {
    if (answer.sharesParameters(sent)) return
    const results = answer.ownParameters()[RESULTS]
    if (!isObject(results) || Object.keys(results).length === 0) return
    this.#byNode ??= new Map()
    this.#byNode.set(position, { ...this.#byNode.get(position), ...results })
  }

  /**
   * The parameters of the final answer; undefined where they are as sent.
   * @param order - of the graph
   * @param routes - which nodes ran: each passed on the results that it was sent
   */
  addTo(
    request: DataRequest,
    order: readonly number[],
    routes: readonly (Route | undefined)[],
  ): JsonObject | undefined {
    if (!this.#byNode) return undefined
    const sent = request.ownParameters()
    const before = isObject(sent[RESULTS]) ? sent[RESULTS] : NO_PARAMETERS
    const all = { ...before }
    for (const position of order) {
      if (routes[position]?.endTime !== undefined) Object.assign(all, this.#byNode.get(position) ?? before)
    }
    return { ...sent, [RESULTS]: all }
  }
}
