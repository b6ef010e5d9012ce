import type { TypedRoute, TypedRoutes } from './routes.ts'

/** What can be asked of a task, below the path of its endpoint. */
export type TaskVerb = 'submit' | 'status' | 'get' | 'retry' | 'cancel'

export const taskMethods: Readonly<Record<TaskVerb, 'POST' | 'GET' | 'PUT'>> = {
  submit: 'POST',
  status: 'GET',
  get: 'GET',
  retry: 'POST',
  cancel: 'PUT',
}

export const taskVerbs = Object.keys(taskMethods) as readonly TaskVerb[]

export interface TaskRoute {
  readonly route: TypedRoute
  readonly verb: TaskVerb
}

const known = new WeakMap<TypedRoutes, ReadonlyMap<string, TaskRoute>>()

/** The sub-routes of the endpoints that are tasks, by their paths. */
export function taskRoutes(routes: TypedRoutes): ReadonlyMap<string, TaskRoute> {
  const before = known.get(routes)
  if (before) return before
  const tasks = new Map<string, TaskRoute>()
  for (const [path, route] of routes) {
    if (route.api.task) for (const verb of taskVerbs) tasks.set(`${path}/${verb}`, { route, verb })
  }
  known.set(routes, tasks)
  return tasks
}
