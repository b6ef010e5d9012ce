import { Command, Option } from 'commander'
import { compile, deploymentOptions } from '../options.ts'
import { openRedis } from '../orchestrator.ts'
import { servedBy, shardOf, startWorker } from '../parts.ts'
import { createLogger, untilStopped } from '../process.ts'
import { atLeast, jsonObject } from './values.ts'

interface Options {
  uses: string
  name: string
  redis: string
  prefix?: string
  usesWith?: Record<string, unknown>
  workspace?: string
  concurrency?: number
  shard?: number
  grace: number
}

/** `sluice executor --uses … --name … --redis …` */
export function executorCommand(): Command {
  return new Command('executor')
    .description('run an executor that takes its requests from Redis, until it is stopped')
    .requiredOption('-u, --uses <executor>', './file.ts#Export, a package, or a name of the library')
    .requiredOption('-n, --name <name>', "the deployment's name in its flow")
    .addOption(redisOption().makeOptionMandatory())
    .option('--prefix <prefix>', 'what all keys in Redis begin with')
    .option('-w, --uses-with <json>', 'options of the executor', jsonObject)
    .option('--workspace <folder>', 'folder for its files')
    .option('--shard <n>', 'which shard of the deployment it is, counted from 0', atLeast(0))
    .option('-c, --concurrency <n>', 'requests that it runs at once', atLeast(1))
    .option('--grace <ms>', 'time to finish what runs when it is stopped', atLeast(0), 30_000)
    .addHelpText(
      'after',
      `
Start it as often as there is work for: each is one more replica. SIGTERM or Ctrl-C: it takes nothing new, finishes what it has, and
ends; what it could not finish is done by others. A second one ends it at once.

Examples:
  sluice executor --uses ./embed.ts#Embed --name embed --redis redis://localhost:6379
  REDIS_URL=redis://localhost:6379 sluice executor --uses ./index.ts --name index --uses-with '{"folder": "data"}'`,
    )
    .action(run)
}

/** Where Redis is. */
export function redisOption(): Option {
  return new Option('-r, --redis <url>', 'such as redis://user:password@localhost:6379/0').env('REDIS_URL')
}

async function run({ redis: url, prefix, usesWith, shard, grace, ...options }: Options): Promise<void> {
  const logger = createLogger()
  const deployment = compile(
    deploymentOptions,
    { ...options, ...(usesWith && { usesWith }) },
    `executor "${options.name}"`,
  )
  const { name } = options
  const redis = await openRedis({ url, ...(prefix && { prefix }) }, logger)
  const shared = { baseDir: process.cwd(), workspace: undefined, exposeStacks: false, modules: [], logger }
  const part = shardOf({ ...deployment, name }, shard)
  const worker = await startWorker({ ...deployment, name }, shared, part)
  const listener = await redis.listen(part.address, servedBy(worker, deployment.concurrency)).catch(async (error) => {
    await worker.close()
    throw error
  })
  // before it is said: who hears it may stop it at once
  const stopped = untilStopped()
  console.log(`READY ${name}`)
  await stopped
  setTimeout(() => {
    logger.warn({ executor: name, graceMs: grace }, 'what still runs is left to other replicas')
    process.exit(1)
  }, grace)
  await listener.drain()
  await worker.drain()
  await listener.close()
  await redis.close()
  // what is left open does not keep it
  process.exit(0)
}
