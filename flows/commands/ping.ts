import { hostname } from 'node:os'
import { Command } from 'commander'
import { Client, FlowError } from '../../client/index.ts'
import { openRedis } from '../orchestrator.ts'
import { createLogger } from '../process.ts'
import { redisOption } from './executor.ts'
import { atLeast } from './values.ts'

interface Options {
  name?: string
  redis?: string
  prefix?: string
  timeout: number
  token?: string
}

/** `sluice ping URL`, `sluice ping --name NAME --redis URL`: for health checks. */
export function pingCommand(): Command {
  return new Command('ping')
    .description(
      'end with 0 if a gateway and all executors behind it answer, or if an executor of this host is at its queue',
    )
    .argument('[url]', 'of a gateway, such as http://localhost:8080 or grpc://localhost:50051')
    .option('-n, --name <name>', 'of an executor that runs on this host, or in this container')
    .addOption(redisOption())
    .option('--prefix <prefix>', 'what all keys in Redis begin with')
    .option('--timeout <ms>', 'time to answer', atLeast(1), 5000)
    .option('--token <token>', 'for a gateway that asks for one')
    .addHelpText(
      'after',
      `
Examples:
  sluice ping http://localhost:8080
  sluice ping --name embed --redis redis://localhost:6379`,
    )
    .action(async (url: string | undefined, options: Options) => {
      if (url !== undefined && options.name === undefined) await pingGateway(url, options)
      else if (url === undefined && options.name !== undefined) await pingExecutor(options.name, options)
      else throw new FlowError('INVALID_ARGUMENT', 'ping wants the URL of a gateway, or --name of an executor')
      console.log('ok')
    })
}

async function pingGateway(host: string, { timeout, token }: Options): Promise<void> {
  const metadata = token === undefined ? {} : { authorization: `Bearer ${token}` }
  await using client = new Client({ host, timeoutMs: timeout, metadata })
  const { code, description } = await client.dryRun()
  if (code !== 0) throw new FlowError('UNAVAILABLE', `${host} is not ready: ${description}`)
}

async function pingExecutor(name: string, { redis: url, prefix }: Options): Promise<void> {
  if (url === undefined) throw new FlowError('INVALID_ARGUMENT', 'ping --name wants --redis, or REDIS_URL')
  const redis = await openRedis({ url, ...(prefix && { prefix }) }, createLogger())
  const live = await redis.executors(name)
  await redis.close()
  if (live.some(({ host }) => host === hostname())) return
  throw new FlowError(
    'UNAVAILABLE',
    `no executor "${name}" of ${hostname()} is at its queue (${live.length} elsewhere)`,
  )
}
