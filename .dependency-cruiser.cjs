// Who may import whom (DESIGN: layers), and through which doors third-party libraries come in.

const TESTS = '(^(tests|bench|examples|scripts)/|/fixtures/|\\.(test|conformance|bench)\\.ts$|^vitest\\.config\\.ts$)'
const FOLDERS = ['proto', 'executors', 'gateway', 'client', 'flows']

/** `folder` may import only `allowed` of ours. */
const layer = (folder, allowed) => ({
  name: `layer-${folder}`,
  severity: 'error',
  comment: `${folder} imports ${allowed.join(', ') || 'nothing of ours'}`,
  from: { path: `^${folder}/`, pathNot: TESTS },
  to: { path: `^(${FOLDERS.filter((other) => other !== folder && !allowed.includes(other)).join('|')})/` },
})

/** Only these folders may import the library. */
const door = (library, folders) => ({
  name: `door-${library}`,
  severity: 'error',
  comment: `${library} is imported in ${folders.join(', ')} alone`,
  from: { path: `^(${FOLDERS.join('|')})/`, pathNot: [TESTS, ...folders.map((folder) => `^${folder}/`)] },
  to: { path: `node_modules/${library}/` },
})

/** A folder `depth` below the top, and all in it, leave that folder's index.ts alone. One rule a depth: a nested quantifier is refused as unsafe. */
const ownIndex = (depth) => ({
  name: 'no-own-index',
  severity: 'error',
  comment: 'an index.ts is for others, not for its own folder',
  from: { path: `^((${FOLDERS.join('|')})${'/[^/]+'.repeat(depth)})/`, pathNot: TESTS },
  to: { path: '^$1/index\\.ts$' },
})

module.exports = {
  forbidden: [
    layer('proto', []),
    layer('executors', ['proto']),
    layer('client', ['proto']),
    layer('gateway', ['proto', 'executors']),
    layer('flows', ['proto', 'executors', 'gateway', 'client']),
    {
      name: 'gateway-sees-transports',
      severity: 'error',
      comment: 'of executors, the gateway sees how to reach them',
      from: { path: '^gateway/', pathNot: TESTS },
      to: { path: '^executors/', pathNot: '^executors/(transports|connections)/index\\.ts$' },
    },
    {
      name: 'protocols-see-no-topology',
      severity: 'error',
      comment: 'a protocol knows a Handler, not what is behind it',
      from: { path: '^gateway/protocols/', pathNot: TESTS },
      to: { path: '^gateway/(topology/|engine\\.ts)' },
    },
    {
      name: 'siblings-apart',
      severity: 'error',
      comment:
        'protocols and transports do not know one another; the halves of a hop over frames are for all transports',
      from: { path: '^(gateway/protocols|executors/transports|client/protocols)/([^/]+)/' },
      to: { path: '^$1/[^/]+/', pathNot: '^($1/$2|executors/transports/hop)/' },
    },
    ...[0, 1, 2].map(ownIndex),
    {
      name: 'no-root-index',
      severity: 'error',
      comment: 'the root index and what proves the code stand above the folders',
      from: { path: `^(${FOLDERS.join('|')})/`, pathNot: TESTS },
      to: { path: '^(index\\.ts$|(tests|bench|examples|scripts)/)' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'imports of values make no circle',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only', 'dynamic-import'] } },
    },
    { name: 'no-unresolved', severity: 'error', from: { pathNot: TESTS }, to: { couldNotResolve: true } },
    door('express', ['gateway/protocols/http']),
    door('compression', ['gateway/around']),
    door('on-headers', ['gateway/around']),
    door('vary', ['gateway/around']),
    door('httpxy', ['gateway/mounts']),
    door('prom-client', ['gateway/metrics']),
    door('ws', ['gateway/protocols/websocket', 'client/protocols']),
    door('@grpc/grpc-js', ['gateway/protocols/grpc', 'executors/transports/grpc', 'client/protocols']),
    door('undici', ['client/protocols']),
    door('@bull-board/[^/]+', ['gateway/queues']),
    door('graphql', ['gateway/protocols/graphql']),
    door('graphql-yoga', ['gateway/protocols/graphql']),
    door('bullmq', ['executors/transports/redis', 'gateway/tasks']),
    door('ioredis', ['executors/transports/redis', 'gateway/tasks']),
    door('onnxruntime-node', ['executors/library']),
    door('protobufjs', ['proto']),
    door('yaml', ['flows']),
    door('commander', ['flows']),
    door('zod', ['executors', 'flows', 'gateway']),
    door('pino', ['flows']),
    door('@dagrejs/dagre', ['flows/exports']),
    ...['chokidar', 'csv-parse', 'esbuild', 'log-update', 'tinyglobby'].map((library) => door(library, ['flows'])),
    door('cookie', ['executors/api']),
    door('prom-client', ['gateway']),
    ...['image-size', 'pngjs', 'jpeg-js'].map((library) => door(library, ['executors/api'])),
    door('content-disposition', ['gateway/protocols/typed', 'client/typed']),
    ...['@fastify/busboy', 'etag', 'range-parser', 'ipaddr.js'].map((library) =>
      door(library, ['gateway/protocols/typed']),
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.cache)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
}
