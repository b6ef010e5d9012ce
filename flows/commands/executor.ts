import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { createGrpc, type Listener, type Served } from '../../executors/index.ts'
import { FlowError, type Handler, type Logger } from '../../proto/index.ts'
import { loadFlow } from '../load.ts'
import { type CompiledDeployment, type CompiledFlowOptions, compile, deploymentOptions } from '../options.ts'
import { openRedis } from '../orchestrator.ts'
import { type Beside, besideOf, type Part, servedBy, shardOf, startWorker, type WorkerOptions } from '../parts.ts'
import { createPeers, peersOfRedis } from '../peers.ts'
import { createLogger, untilStopped } from '../process.ts'
import { atLeast, jsonObject } from './values.ts'

interface Options extends Place {
  uses?: string
  flow?: string
  name?: string
  usesWith?: Record<string, unknown>
  workspace?: string
  concurrency?: number
  shard?: number
  part?: Beside
  grace: number
}

/** Where it takes its requests from. */
interface Place {
  port?: number
  host: string
  tlsCert?: string
  tlsKey?: string
  tlsCa?: string
  redis?: string
  prefix?: string | undefined
}

/** `sluice executor --uses … --port …`, or `--redis …` */
export function executorCommand(): Command {
  return new Command('executor')
    .description(
      'run an executor that gateways reach by gRPC, or that takes its requests from Redis, until it is stopped',
    )
    .option('-u, --uses <executor>', './file.ts#Export, a package, or a name of the library')
    .addOption(
      new Option('-f, --flow <file>', 'YAML file of a flow, which says all about the deployment --name').conflicts(
        'uses',
      ),
    )
    .option('-n, --name <name>', "the deployment's name in its flow; from Redis, it must be said")
    .option('-p, --port <n>', 'listen here by gRPC; 0 takes a free one', atLeast(0))
    .option('--host <address>', 'listen at this address', '0.0.0.0')
    .option('--tls-cert <file>', 'certificate for TLS')
    .option('--tls-key <file>', 'its key')
    .option('--tls-ca <file>', 'let in only callers whose certificates this authority signed')
    .addOption(redisOption())
    .option('--prefix <prefix>', 'what all keys in Redis begin with')
    .option('-w, --uses-with <json>', 'options of the executor', jsonObject)
    .option('--workspace <folder>', 'folder for its files')
    .option('--shard <n>', 'which shard of the deployment it is, counted from 0', atLeast(0))
    .addOption(
      new Option('--part <part>', 'the executor before or after the shards, which the flow names')
        .choices(['uses_before', 'uses_after'])
        .conflicts(['uses', 'shard']),
    )
    .option('-c, --concurrency <n>', 'requests that it runs at once', atLeast(1))
    .option('--grace <ms>', 'time to finish what runs when it is stopped', atLeast(0), 30_000)
    .addHelpText(
      'after',
      `
By gRPC, flows of Sluice and of Jina name it as an external deployment with its host and port. From Redis, start it as often as there is
work for: each is one more replica. SIGTERM or Ctrl-C: it takes nothing new, finishes what it has, and ends; a second one ends it at once.

Examples:
  sluice executor --uses ./embed.ts#Embed --name embed --port 50052
  sluice executor --uses ./embed.ts#Embed --name embed --redis redis://localhost:6379
  sluice executor --flow flow.yml --name embed --redis redis://localhost:6379
  REDIS_URL=redis://localhost:6379 sluice executor --uses ./index.ts --name index --uses-with '{"folder": "data"}'`,
    )
    .action(run)
}

/** Where Redis is. */
export function redisOption(): Option {
  return new Option('-r, --redis <url>', 'such as redis://user:password@localhost:6379/0').env('REDIS_URL')
}

async function run(options: Options, command: Command): Promise<void> {
  const { name = 'executor', grace } = options
  const logger = createLogger()
  const { deployment, ...described } = options.flow === undefined ? ofOptions(options, name) : await ofFlow(options)
  const open = meetingOf({ prefix: described.prefix, ...options }, command.getOptionValueSource('redis') === 'env')
  const { peers, listen, close } = await open(logger)
  const { baseDir, workspace, exposeStacks, modules } = described
  const shared = { baseDir, workspace, exposeStacks, modules, peers, logger }
  const part = partOf(deployment, options)
  const worker = await startWorker(deployment, shared, part)
  const listener = await listen(part.address, servedBy(worker, deployment)).catch(async (error) => {
    await worker.close()
    throw error
  })
  // before it is said: who hears it may stop it at once
  const stopped = untilStopped()
  console.log(`READY ${name}${options.port === undefined ? '' : ` ${listener.address}`}`)
  await stopped
  setTimeout(() => {
    logger.warn({ executor: name, graceMs: grace }, 'what still runs is left to other replicas')
    process.exit(1)
  }, grace)
  await listener.drain()
  await worker.drain()
  await listener.close()
  await close()
  // what is left open does not keep it
  process.exit(0)
}

function partOf(deployment: CompiledDeployment, { shard, part: kind }: Options): Part {
  if (kind === undefined) return shardOf(deployment, shard)
  const part = besideOf(deployment, kind)
  if (part) return part
  throw new FlowError('INVALID_ARGUMENT', `--part: deployment "${deployment.name}" has no ${kind}`)
}

/** What runs, and what a flow says of all its executors. */
interface Described extends Pick<WorkerOptions, 'baseDir' | 'workspace' | 'exposeStacks' | 'modules'> {
  readonly deployment: CompiledDeployment
  readonly prefix: string | undefined
}

function ofOptions({ uses, usesWith, workspace, concurrency }: Options, name: string): Described {
  if (uses === undefined) throw new FlowError('INVALID_ARGUMENT', 'an executor wants --uses, or --flow and --name')
  const given = { uses, name, workspace, concurrency, ...(usesWith && { usesWith }) }
  const deployment = { ...compile(deploymentOptions, given, `executor "${name}"`), name }
  return {
    deployment,
    baseDir: process.cwd(),
    workspace: undefined,
    exposeStacks: false,
    modules: [],
    prefix: undefined,
  }
}

/** What the flow says; the command line's `--uses-with`, `--workspace` and `--concurrency` are stronger. */
async function ofFlow({ flow: file = '', name, usesWith, workspace, concurrency }: Options): Promise<Described> {
  const { options, deployments, baseDir } = (await loadFlow(file, process.env)).describe()
  const found = deployments.find((one) => one.name === name)
  const names = deployments.map((one) => one.name).join(', ')
  if (!found) throw new FlowError('NOT_FOUND', `${file} has no deployment "${name}"`, { hint: `It has ${names}` })
  if (found.external) throw new FlowError('INVALID_ARGUMENT', `deployment "${name}" is external: it runs elsewhere`)
  const more = { usesWith: usesWith && { ...found.usesWith, ...usesWith }, workspace, concurrency }
  const said = Object.entries(more).filter(([, value]) => value !== undefined)
  return {
    deployment: { ...found, ...Object.fromEntries(said) },
    ...{ baseDir, workspace: options.workspace, exposeStacks: options.exposeStacks, modules: options.modules },
    prefix: prefixOf(options),
  }
}

function prefixOf({ redis }: CompiledFlowOptions): string | undefined {
  return redis && 'prefix' in redis ? redis.prefix : undefined
}

/** Where an executor meets its callers, and other executors. */
interface Meeting {
  readonly peers: Handler
  listen(name: string, served: Served): Promise<Listener>
  close(): Promise<void>
}

/** @throws {FlowError} INVALID_ARGUMENT where it is not said, or said twice */
function meetingOf(options: Options, redisFromEnv: boolean): (logger: Logger) => Promise<Meeting> {
  const { name, port, redis: url } = options
  if (port !== undefined && (url === undefined || redisFromEnv)) return async () => meetByGrpc(port, options)
  if (port === undefined && url !== undefined) {
    if (name === undefined) throw new FlowError('INVALID_ARGUMENT', 'from Redis, an executor wants a --name')
    return (logger) => meetInRedis(url, options.prefix, logger)
  }
  throw new FlowError('INVALID_ARGUMENT', 'an executor wants either --port or --redis', {
    hint: 'Say --port 50052 for gRPC, or --redis redis://localhost:6379',
  })
}

async function meetInRedis(url: string, prefix: string | undefined, logger: Logger): Promise<Meeting> {
  const redis = await openRedis({ url, ...(prefix && { prefix }) }, logger)
  return {
    peers: peersOfRedis(redis),
    listen: (name, served) => redis.listen(name, served),
    close: () => redis.close(),
  }
}

function meetByGrpc(port: number, { host, tlsCert, tlsKey, tlsCa }: Omit<Place, 'port'>): Meeting {
  if ((tlsCert === undefined) !== (tlsKey === undefined) || (tlsCa !== undefined && tlsCert === undefined)) {
    throw new FlowError('INVALID_ARGUMENT', 'TLS wants both --tls-cert and --tls-key')
  }
  const [cert, key, ca] = [tlsCert, tlsKey, tlsCa].map((file) => (file === undefined ? undefined : read(file)))
  const grpc = createGrpc(cert && key ? { tls: { cert, key, ca } } : {})
  const at = host.includes(':') ? `[${host}]` : host
  return {
    // it knows its callers, and nobody else
    peers: createPeers(() => undefined),
    listen: (_, served) => grpc.listen(`${cert ? 'grpcs' : 'grpc'}://${at}:${port}`, served),
    async close() {},
  }
}

function read(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new FlowError('NOT_FOUND', FlowError.from(error).reason, { cause: error })
  }
}
