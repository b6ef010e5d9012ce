import type { ApiDescription } from '../../../proto/index.ts'
import { flat } from './flat.ts'
import type { TypedRoutes } from './routes.ts'

/**
 * `/schema.json`, from which clients make their methods. BentoML's read types where they stand, so there are no references and no
 * unions in `input` and `output`; where that leaves something out, `exact` has the whole, for ours.
 */
export function clientSchema(routes: TypedRoutes, title: string): object {
  const services = new Set([...routes.values()].map(({ service }) => service.name))
  const [only] = services
  return {
    name: services.size === 1 ? only : title,
    type: 'service',
    routes: [...routes.values()].map(({ path, api, flat: input }) => ({
      name: api.name,
      route: path,
      batchable: api.batchable,
      is_task: api.task,
      ...(api.description && { description: api.description }),
      input: { ...input, ...(api.root ? { root_input: true } : {}) },
      output: { ...flat(api.output), ...(api.stream && { is_stream: true }) },
      ...(isFlat(api) ? {} : { exact: { input: api.input, output: api.output } }),
      ...(!api.idempotent && { idempotent: false }),
    })),
    paths: Object.fromEntries([...routes.keys()].map((path) => [path, { mounted: false }])),
  }
}

/** True where nothing in its schemas is said in other words than flat ones. */
function isFlat({ input, output }: ApiDescription): boolean {
  return !/"(?:\$ref|anyOf|oneOf|allOf)":|"type":\[/.test(JSON.stringify([input, output]))
}
