import { escaped, refusal, requestBody, resultOf } from './openapi.ts'
import type { TypedRoutes } from './routes.ts'
import { type TaskRoute, type TaskVerb, taskMethods, taskRoutes } from './task-routes.ts'

const taskId = { type: 'string', description: 'Of the task' }
const time = { type: 'string', format: 'date-time' }

const submitted = {
  type: 'object',
  required: ['task_id', 'status'],
  properties: { task_id: taskId, status: { const: 'in_progress' } },
}
const canceled = {
  ...submitted,
  properties: {
    ...submitted.properties,
    status: { enum: ['canceled', 'completed', 'failed'], description: 'One that had ended before stays as it was' },
  },
}
const status = {
  type: 'object',
  required: ['task_id', 'status', 'created_at', 'executed_at'],
  properties: {
    task_id: taskId,
    status: { enum: ['in_progress', 'completed', 'failed', 'canceled'] },
    created_at: time,
    executed_at: { ...time, type: ['string', 'null'], description: 'When it began to run' },
    progress: { description: 'What it last said of itself; absent where it said nothing' },
  },
}

const summaries: Readonly<Record<TaskVerb, string>> = {
  submit: 'Begins it, to be asked for its result later',
  status: 'How a task stands',
  get: 'The result of a task, as often as it is asked for',
  retry: 'The same once more, as another task',
  cancel: 'Stops a task',
}

const schemas = { submit: submitted, status, retry: submitted, cancel: canceled }

/** What can be asked of tasks, in OpenAPI's words. */
export function taskPaths(routes: TypedRoutes): Record<string, object> {
  const paths = [...taskRoutes(routes)].map(([path, task]) => {
    return [path, { [taskMethods[task.verb].toLowerCase()]: taskOperation(path, task) }]
  })
  return Object.fromEntries(paths)
}

function taskOperation(path: string, { route, verb }: TaskRoute): object {
  const { name } = route.api
  const shared = {
    tags: [route.service.name],
    summary: `${name}: ${summaries[verb]}`,
    operationId: `${route.service.name}__${name}__${verb}`,
    'x-bentoml-name': `${name}_${verb}`,
  }
  if (verb === 'submit') {
    return {
      ...shared,
      requestBody: requestBody(route, path),
      responses: {
        200: json('It was taken', submitted),
        400: refusal('The arguments are not what they should be; detail says where'),
        413: refusal('The body is too large'),
        415: refusal('Unknown Content-Encoding'),
        429: refusal('Too many tasks are kept'),
        500: refusal('It failed; the reason is in the log'),
        503: refusal('The executor, or what tasks are kept in, cannot be reached'),
        504: refusal('The deadline passed'),
      },
    }
  }
  const result =
    verb === 'get'
      ? { description: 'The result', content: resultOf(route, `${escaped(path)}/get`) }
      : json('How it stands', schemas[verb])
  return {
    ...shared,
    parameters: [{ name: 'task_id', in: 'query', required: true, schema: { type: 'string', minLength: 1 } }],
    responses: {
      200: result,
      400: refusal(
        verb === 'get' ? 'It has not ended, was canceled, or refused its arguments' : 'Not as it stands now',
      ),
      404: refusal('There is no such task, or none any more'),
      ...(verb === 'get' && { 500: refusal('It failed; the reason is in the log') }),
      503: refusal('What tasks are kept in cannot be reached'),
      ...(verb === 'get' && { 504: refusal('Its deadline passed') }),
    },
  }
}

function json(description: string, schema: object): object {
  return { description, content: { 'application/json': { schema } } }
}
