import { FlowError, isObject, type JsonObject, type JsonSchema } from '../../proto/index.ts'

/** A typed endpoint as a service describes it in its `/schema.json`. */
export interface Endpoint {
  readonly name: string
  /** Path, with a leading slash. */
  readonly route: string
  readonly description?: string
  /** Of the arguments together, or of the one value where `root`; without references and unions. */
  readonly input: JsonSchema
  /** Of the result, or of each item where `stream`. */
  readonly output: JsonSchema
  /** Both with references and unions, where the service tells them. */
  readonly exact?: { readonly input: JsonSchema; readonly output: JsonSchema }
  readonly root: boolean
  readonly stream: boolean
  readonly task: boolean
  /** False where running a call twice does harm. */
  readonly idempotent: boolean
}

/** What a service serves. */
export interface ServiceDescription {
  readonly name: string
  readonly endpoints: ReadonlyMap<string, Endpoint>
}

/** @throws {FlowError} INTERNAL for JSON that describes no service */
export function describedService(json: unknown, where: string): ServiceDescription {
  const routes = isObject(json) ? (json as JsonObject).routes : undefined
  if (!Array.isArray(routes)) throw noService(where)
  const endpoints = routes.map((route) => endpointOf(route, where))
  return {
    name: String((json as JsonObject).name ?? ''),
    endpoints: new Map(endpoints.map((endpoint) => [endpoint.name, endpoint])),
  }
}

function endpointOf(given: unknown, where: string): Endpoint {
  const route = (isObject(given) ? given : {}) as JsonObject
  const { name, route: path, input = {}, output = {}, exact, description } = route
  if (typeof name !== 'string' || typeof path !== 'string' || !isObject(input) || !isObject(output)) {
    throw noService(where)
  }
  const { root_input, ...taken } = input as JsonObject
  const { is_stream, ...given_ } = output as JsonObject
  return {
    name,
    route: path.startsWith('/') ? path : `/${path}`,
    ...(typeof description === 'string' && { description }),
    input: taken,
    output: given_,
    ...(isObject(exact) && { exact: exact as unknown as NonNullable<Endpoint['exact']> }),
    root: root_input === true,
    stream: is_stream === true,
    task: route.is_task === true,
    idempotent: route.idempotent !== false,
  }
}

function noService(where: string): FlowError {
  return new FlowError('INTERNAL', `${where} describes no service`, {
    hint: 'Is it a gateway with typed endpoints, or BentoML?',
  })
}
