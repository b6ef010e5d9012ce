// What BentoML offers, and which test proves that Sluice does: the data of docs/bentoml.md, which `node --import tsx
// tests/docs/bentoml.ts --write` makes of it.

/** A test of this repository, a case of the suite that drives BentoML's clients, or a recorded request that is replayed. */
export type Proof =
  | { readonly file: string; readonly title: string }
  | { readonly client: number }
  | { readonly recording: string }

export interface Row {
  /** In the list of what was observed of BentoML; or the page that describes it. */
  readonly id: string
  readonly feature: string
  readonly proofs: readonly Proof[]
}

const t = (file: string, ...titles: string[]): Proof[] => titles.map((title) => ({ file, title }))
const c = (...numbers: number[]): Proof[] => numbers.map((client) => ({ client }))
const r = (...names: string[]): Proof[] => names.map((recording) => ({ recording }))
const row = (id: string, feature: string, ...proofs: Proof[][]): Row => ({ id, feature, proofs: proofs.flat() })

const TYPED = 'gateway/protocols/typed/typed.test.ts'
const FORMS = 'gateway/protocols/typed/forms.test.ts'
const STREAM = 'gateway/protocols/typed/stream.test.ts'
const LIMITS = 'gateway/protocols/typed/limits.test.ts'
const AROUND = 'gateway/around/around.test.ts'
const AUTH = 'gateway/around/auth.test.ts'
const HEALTH = 'gateway/health.test.ts'
const METRICS = 'gateway/metrics/metrics.test.ts'
const MOUNTS = 'gateway/mounts/mounts.test.ts'
const PYTHON = 'tests/mounts/python.test.ts'
const TASKS = 'gateway/tasks/tasks.test.ts'
const GATEWAYS = 'gateway/tasks/gateways.test.ts'
const PROCESSES = 'flows/tasks.test.ts'
const BACKGROUND = 'executors/background.test.ts'
const SERVICES = 'client/typed/service.conformance.ts'
const CONNECTION = 'client/typed/connection.test.ts'
const TYPES = 'client/typed/types.test.ts'
export const RECORDED = 'tests/interop/bento/recordings.test.ts'

export const rows: readonly Row[] = [
  row('A1', 'Clients that wait, and clients that do not', c(2, 3, 29)),
  row('A2', 'Options of the client', c(2), t(SERVICES, 'connects when it is first used, where it was not awaited')),
  row('A3', 'Connecting: readiness, then the schema', c(1, 3, 4)),
  row('A4', 'A method for each endpoint; unknown ones are told', c(2, 7, 9)),
  row(
    'A5',
    'Endpoints named as something of the client',
    c(42),
    r('infra_schema_kitchen'),
    t(TYPES, 'call endpoints api_<name> whose names the service itself has'),
  ),
  row(
    'A6',
    'Arguments checked by the client',
    c(10),
    t(SERVICES, 'refuses wrong arguments before it sends them, all of them at once'),
  ),
  row('A7', 'Closing', c(2), t(SERVICES, 'is used no more once it was closed')),
  row('A8', 'Asking whether it is ready', c(3), t(CONNECTION, 'is not asked for where no time is given')),
  row('A9', 'Waiting until it is ready', c(28), t(CONNECTION, 'is given up after its time, with the last reason')),
  row('A10', 'JSON in', c(7, 8), r('json_async')),
  row('A11', 'JSON, text, bytes, tensors and tables out', c(5, 6, 12), r('json_sync', 'bytes_out', 'nd', 'df')),
  row('A12', 'Files in, by path', c(18, 19, 20), r('file_upload')),
  row(
    'A13',
    'Files in, as objects',
    t(SERVICES, 'takes a file as path, URL, Blob, bytes and streams, with other arguments'),
    t(FORMS, 'takes files with their names, texts as JSON or as they are, lists as repeated fields or as JSON'),
  ),
  row(
    'A14',
    'Files in, by URL',
    t(
      FORMS,
      'are not fetched unless their origin is allowed',
      'are not fetched from private addresses, by number or by name',
      'are fetched with their name and type where that is allowed (in JSON: %s)',
    ),
  ),
  row(
    'A15',
    'Lists of files',
    r('file_upload_many'),
    t(FORMS, 'takes several files of one name in their order, and large ones whole'),
  ),
  row('A16', 'Files out', c(40), r('file_out')),
  row('A17', 'One value as the body', c(41), r('root_text', 'file_root')),
  row('A18', 'Streams out', c(15, 16, 17)),
  row('A19', 'Token', c(26), t(AUTH, 'lets its owner in on every protocol, and executors see who it is')),
  row('A20', 'Headers of one’s own', c(26), t(SERVICES, 'sends headers of the connection and of a call')),
  row('A21', 'User-Agent', c(26)),
  row(
    'A22',
    'An error for each status',
    c(11, 21, 22, 23, 24),
    t(SERVICES, 'has code, status, message and request id of what a service refuses'),
  ),
  row(
    'A23',
    'Retries',
    c(21),
    t(
      CONNECTION,
      'is made again when the server says, and not where that is beyond its time',
      'is made again where the connection broke off, unless that may do harm',
    ),
    t(TYPED, 'tells of its own failures only what the caller can do something about'),
  ),
  row(
    'A24',
    'Tasks',
    c(31, 32, 33, 34, 35, 37),
    t(SERVICES, 'submits a task, asks how it is, waits for it and gets its result as often as it likes'),
  ),
  row('A25', 'Any request', c(42), t(SERVICES, 'makes requests of its user, and gives the answer as it is')),
  row('A26', 'HTTPS', t('client/tls.test.ts', 'wants a certificate of the name it is told')),
  row(
    'A27',
    'Tensors, tables and models',
    c(12),
    r('nd_typed_ok', 'df_cols', 'model_nested'),
    t(SERVICES, 'takes tensors as typed arrays, lists and NdArray, and gives back NdArray', 'takes and gives tables'),
  ),

  row(
    'B1',
    '`POST /<name>`; other methods and paths',
    c(25),
    r('infra_404', 'infra_405'),
    t(TYPED, 'answers POST at its name, text as text', 'is not there for other methods'),
  ),
  row(
    'B2',
    'Custom routes',
    c(41),
    r('custom_route', 'custom_route_byname'),
    t(TYPED, 'is served at its own route alone where it has one'),
  ),
  row(
    'B3',
    'Methods that wait, that do not, generators, tasks',
    r('json_sync', 'json_async', 'stream_sync', 'task_direct'),
    t('executors/workers/supervisor.test.ts', 'answers from a thread of its own, with its environment and options'),
  ),
  row('B4', 'Results as JSON', r('json_async', 'model_root', 'json_emptybody')),
  row('B5', 'Text as text', c(5, 6), r('json_sync')),
  row('B6', 'Bytes as bytes', r('bytes_out'), t(FORMS, 'are base64 inside JSON; bytes alone are the body')),
  row(
    'B7',
    'Bodies of no known type',
    r('json_nocontenttype', 'json_weirdctype'),
    t(TYPED, 'reads a body as JSON where it has %s'),
  ),
  row('B8', 'Urlencoded forms', r('json_form'), t(FORMS, 'reads urlencoded forms')),
  row('B9', 'No pickles', r('json_pickle_rejected'), t(TYPED, 'refuses Python pickles with 415')),
  row(
    'B10',
    'Validation',
    c(11),
    r('json_missing', 'json_wrongtype', 'json_malformed', 'json_array_body', 'json_coerce', 'json_extra', 'model_bad'),
    t(
      TYPED,
      'tells all that is wrong with arguments, and where',
      'refuses unknown members and converts nothing where it is strict',
    ),
  ),
  row(
    'B11',
    'Tensors',
    r('nd', 'nd_typed_ok', 'nd_typed_bad'),
    t(FORMS, 'come and go as nested lists', 'are converted to the dtype and the shape that are wanted'),
  ),
  row('B12', 'Tables', r('df', 'df_cols')),
  row('B13', 'Models', r('model_nested', 'model_root')),
  row(
    'B14',
    'Files in',
    r('file_upload', 'file_upload_traversal', 'file_upload_text', 'file_upload_missing', 'file_json_instead'),
  ),
  row(
    'B15',
    'Images',
    r('image_io', 'image_bad'),
    t(FORMS, 'are unpacked, and given back as files that are shown where they arrive', 'are refused where they are %s'),
  ),
  row(
    'B16',
    'Files out',
    r('file_out', 'file_out_png', 'file_out_audio'),
    t(FORMS, 'are sent under their name, with their type, and in ranges', 'have the type that the endpoint says'),
  ),
  row(
    'B17',
    'Status, headers and cookies',
    r('ctx_status_headers'),
    t('executors/api/api.conformance.ts', 'carries what was said of the answer beside it'),
  ),
  row(
    'B18',
    'A request id on every answer',
    c(27),
    t(TYPED, 'answers POST at its name, text as text', 'tells all that is wrong with arguments, and where'),
  ),
  row('B19', 'Connections that are kept', t(AUTH, 'is asked for with each request of a connection')),

  row(
    'C1',
    'Framing',
    c(15),
    r('stream_text', 'stream_zero'),
    t(
      STREAM,
      'sends each item as one write to those who ask for no format',
      'frames them as events or lines for those who ask',
    ),
  ),
  row(
    'C2',
    'Items that are JSON',
    r('stream_json'),
    t(STREAM, 'sends objects on lines, bytes as they are, and what says its own type as it is'),
  ),
  row('C3', 'Streams with a type of their own', r('stream_typed')),
  row(
    'C4',
    'Errors before the first item',
    r('stream_fail_first', 'stream_sync_fail_first'),
    t(STREAM, 'answers with a status where it fails before its first item'),
  ),
  row(
    'C5',
    'Errors after it',
    r('stream_fail_mid'),
    t(
      STREAM,
      'breaks off where it fails later, and nobody could tell otherwise',
      'tells in the words of a format why it failed later',
    ),
  ),
  row('C6', 'Deadlines of streams', t(STREAM, 'waits for a caller who does not read, and ends at the deadline')),

  row('E1', 'Refusals by the method', c(21, 22), r('err_invalid', 'err_notfound', 'err_teapot', 'err_422', 'err_429')),
  row('E2', '401 and 403', c(24), r('err_401', 'err_403')),
  row('E3', 'Failures tell nothing', c(23), r('err_500', 'err_503', 'err_value')),
  row(
    'E4',
    'Timeouts stop the work',
    r('timeout_504', 'timeout_mounted'),
    t(LIMITS, 'ends a call that takes longer with 504, and tells the method to stop'),
  ),
  row(
    'E5',
    'Callers who leave stop the work',
    t(STREAM, 'stops when its caller leaves'),
    t('executors/api/api.conformance.ts', 'stops the method when its caller leaves'),
  ),
  row(
    'E6',
    'Calls at once',
    t(LIMITS, 'refuses what is too much with 429 and when to come again, and lets others be'),
    t(
      'tests/interop/bento/around.test.ts',
      'while all places are taken, probes and preflights are answered, and the rest is refused with when to come again',
    ),
  ),
  row(
    'E7',
    '503',
    r('err_503'),
    t(HEALTH, 'are not ready while an executor cannot be reached, though they are live'),
    t('flows/typed.test.ts', 'serves typed endpoints of executors that come later, and says when they have gone'),
  ),

  row(
    'F1',
    'Submitting, validated first',
    c(31),
    t(
      TASKS,
      'are taken, done, and give their result as often as it is asked for',
      'are not taken where their arguments are refused',
    ),
  ),
  row(
    'F2',
    'Status, with times',
    c(31, 36),
    t(
      TASKS,
      'say when they came and when they began, in times that have a zone',
      'say how far they are, where they do',
    ),
  ),
  row('F3', 'Results', c(32, 33), t(TASKS, 'that fail give what they failed with, as a call would')),
  row('F4', 'Retrying', c(34), t(TASKS, 'are done once more as other tasks')),
  row('F5', 'Canceling', c(35), t(TASKS, 'that are canceled are told by their signal, and stay so')),
  row('F6', 'No id, unknown ids', c(34), t(TASKS, 'want to be named, and are their endpoint’s alone')),
  row('F7', 'Files as results', t(TASKS, 'give files, with the status and headers that were set')),
  row(
    'F8',
    'OpenAPI of tasks',
    t(GATEWAYS, 'tells clients and the OpenAPI page of them: five sub-routes, each with a name of its own'),
  ),
  row('F9', 'Calling a task at once', c(30), r('task_direct')),
  row(
    'F10',
    'Work in the background',
    r('bg_tasks'),
    t(
      BACKGROUND,
      'is done after the answer, in the order in which it was added',
      'that fails is logged, counted, and the last that is done',
      'goes on after a failure where its mode is settled',
    ),
  ),

  row(
    'G1',
    '`/livez`, `/healthz`, `/readyz`',
    c(4),
    r('infra_livez', 'infra_healthz', 'infra_readyz', 'infra_livez_head', 'infra_livez_post'),
  ),
  row('G2', 'Hooks of readiness and life', t(HEALTH, 'name what is not well: executors, and hooks of the user')),
  row('G3', 'While it starts', t(HEALTH, 'are not ready while an executor cannot be reached, though they are live')),
  row(
    'G4',
    '`/metrics`',
    c(39),
    t(
      METRICS,
      'counts requests by protocol, endpoint and how they ended, and how long they took',
      'counts neither probes nor itself',
    ),
  ),
  row(
    'G5',
    'Names of metrics',
    c(39),
    t(
      METRICS,
      'tells HTTP in BentoML’s names too, where it is asked for them',
      'counts what strangers make up together',
    ),
  ),
  row(
    'G6',
    'Metrics of several processes',
    t(METRICS, 'tells what waits for executors elsewhere, and how many are there'),
  ),
  row(
    'G7',
    '`/schema.json`',
    c(1),
    r('infra_schema_reference', 'infra_schema_kitchen'),
    t(TYPED, "tells BentoML's clients of all typed endpoints, without unions and references"),
  ),
  row(
    'G8',
    '`/docs.json`',
    c(38),
    r('infra_docs_reference', 'infra_docs_kitchen'),
    t(TYPED, 'describes typed endpoints in OpenAPI, with their schemas, defaults and examples'),
  ),
  row(
    'G9',
    'A page to try it',
    r('infra_index'),
    t('tests/browser/typed.test.ts', 'tries one out with the example it has'),
  ),
  row(
    'G10',
    'Middleware',
    r('middleware_block'),
    t(
      AROUND,
      'stands around everything, the first outermost',
      'may answer by itself, change the status, and change what is asked',
    ),
  ),
  row(
    'G11',
    'Mounted ASGI apps',
    r('mount_fastapi', 'mount_404'),
    t(
      PYTHON,
      'FastAPI is asked below its path, and told of the path',
      'FastAPI speaks WebSocket through its mount, and the gateway beside it',
    ),
  ),
  row(
    'G12',
    'Mounted WSGI apps',
    r('mount_flask'),
    t(PYTHON, 'Flask is asked below its path, and makes addresses with it'),
  ),
  row(
    'G13',
    'CORS',
    r('cors_preflight_ok', 'cors_preflight_bad', 'cors_simple'),
    t(AROUND, 'is outside of everything: refusals by tokens, by limits and by deadlines can be read too'),
  ),
  row('G14', 'TLS', t('client/tls.test.ts', 'wants a certificate of the name it is told')),
  row('G15', 'Mounted pages', t(MOUNTS, 'is given the request below its path, and its body')),
  row(
    'G16',
    'Start and end',
    t('flows/drain.test.ts', 'asked to stop, takes nothing new, answers what it has, and ends with 0'),
  ),
  row(
    'G17',
    'Several workers; deployments that call others',
    t('flows/handles.test.ts', 'gets results, with the headers and the caller of the call it serves'),
    t(PROCESSES, 'are seen, got and canceled through any of its gateways'),
  ),
  row('G18', 'The log of requests'),

  row(
    '000 Create a client',
    'Methods after the endpoints',
    c(2, 7),
    t(SERVICES, 'has a method for each endpoint, with its arguments by their names'),
  ),
  row('000 Context manager', 'Closing by itself', c(2, 16), t(SERVICES, 'is used no more once it was closed')),
  row(
    '000 Readiness',
    '`is_ready`, `server_ready_timeout`',
    c(3, 28),
    t(CONNECTION, 'is awaited of a server that is not there yet', 'is given up after its time, with the last reason'),
  ),
  row('000 JSON', 'JSON in and out', c(5, 7, 8, 12)),
  row(
    '000 Files',
    'Paths and URLs in, paths out',
    c(18, 19, 20, 40),
    t(FORMS, 'are fetched with their name and type where that is allowed (in JSON: %s)'),
  ),
  row('000 Streaming', 'Generators', c(15, 16, 17)),
  row(
    '000 Authorization',
    'Tokens',
    c(26),
    t(AUTH, 'lets its owner in on every protocol, and executors see who it is'),
  ),
  row(
    '000 Error handling and retries',
    'Codes, messages, retries',
    c(11, 21, 22, 23, 24),
    t(SERVICES, 'has code, status, message and request id of what a service refuses'),
    t(CONNECTION, 'is made again where the connection broke off, unless that may do harm'),
  ),

  row(
    '001 Custom endpoint URL',
    '`route`, with or without a leading slash',
    c(41),
    r('custom_route'),
    t('executors/api/types.test.ts', 'has routes with and without a leading slash'),
  ),
  row(
    '001 ASGI middleware',
    'Middleware; trusted hosts, HTTPS redirect',
    t(
      AROUND,
      'stands around everything, the first outermost',
      'refuse requests for others, and WebSockets too',
      'sends plain HTTP away with 307, and WebSockets to wss',
    ),
  ),
  row(
    '001 Background task',
    '`TaskResponse` with one function or several',
    t(
      BACKGROUND,
      'is what an endpoint returns beside its result, too',
      'that fails is logged, counted, and the last that is done',
    ),
    t(PROCESSES, 'is finished, in its order, before the flow ends'),
  ),
  row(
    '001 Bundle ASGI app',
    'FastAPI beside the APIs, calling executors',
    t(PYTHON, 'FastAPI is asked below its path, and told of the path', 'FastAPI calls an executor over HTTP'),
  ),
  row(
    '001 Bundle WSGI app',
    'Flask beside the APIs',
    t(PYTHON, 'Flask is asked below its path, and makes addresses with it'),
  ),
  row('001 Infrastructure APIs', '`GET /metrics` and probes', c(4, 39)),
  row('004 Custom endpoint URL', 'As on page 001', r('custom_route', 'custom_route_byname')),
  row(
    '004 ASGI middleware',
    'As on page 001',
    r('middleware_block'),
    t(AROUND, 'stands around everything, the first outermost'),
  ),
  row(
    '004 Bundle ASGI app',
    'As on page 001',
    r('mount_fastapi'),
    t(PYTHON, 'they shadow no API, not even one below their path'),
  ),
  row(
    '004 Bundle WSGI app',
    'As on page 001',
    r('mount_flask'),
    t(PYTHON, 'Flask is asked below its path, and makes addresses with it'),
  ),
]

/** What is not offered yet; said on the page. */
export const missing: Readonly<Record<string, string>> = {
  G18: 'failures are logged with their request id, but there is no line for each request',
}

/** All that was observed of BentoML, but batching (D) and gRPC (H), which are not asked for here. */
export const wanted: readonly string[] = Object.entries({ A: 27, B: 19, C: 6, E: 7, F: 10, G: 18 }).flatMap(
  ([letter, count]) => Array.from({ length: count }, (_, i) => `${letter}${i + 1}`),
)
