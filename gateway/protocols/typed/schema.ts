import { flat } from './flat.ts'
import type { TypedRoutes } from './routes.ts'

/** `/schema.json`, from which BentoML's clients make their methods: they read types where they stand, so there are no references and no unions in it. */
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
    })),
    paths: Object.fromEntries([...routes.keys()].map((path) => [path, { mounted: false }])),
  }
}
