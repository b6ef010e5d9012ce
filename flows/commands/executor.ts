import { Command, InvalidArgumentError } from 'commander'
import { compile, deploymentOptions } from '../options.ts'
import { openRedis } from '../orchestrator.ts'
import { createLogger, untilStopped } from '../process.ts'
import { servedBy, startWorker } from '../seats.ts'

interface Options {
  uses: string
  name: string
  redis: string
  prefix?: string
  usesWith?: Record<string, unknown>
  workspace?: string
  concurrency?: number
  grace: number
}

/** `sluice executor --uses … --name … --redis …` */
export function executorCommand(): Command {
  return new Command('executor')
    .description('run an executor that takes its requests from Redis, until it is stopped')
    .requiredOption('-u, --uses <executor>', './file.ts#Export, a package, or a name of the library')
    .requiredOption('-n, --name <name>', "the deployment's name in its flow")
    .requiredOption('-r, --redis <url>', 'such as redis://localhost:6379')
    .option('--prefix <prefix>', 'what all keys in Redis begin with')
    .option('-w, --uses-with <json>', 'options of the executor', jsonObject)
    .option('--workspace <folder>', 'folder for its files')
    .option('-c, --concurrency <n>', 'requests that it runs at once', Number)
    .option('--grace <ms>', 'time to finish what runs when it is stopped', Number, 30_000)
    .addHelpText(
      'after',
      `
Start it as often as there is work for: each is one more replica.

Examples:
  sluice executor --uses ./embed.ts#Embed --name embed --redis redis://localhost:6379
  sluice executor --uses ./index.ts --name index --redis $REDIS_URL --uses-with '{"folder": "data"}' --concurrency 1`,
    )
    .action(run)
}

async function run({ redis: url, prefix, usesWith, grace, ...options }: Options): Promise<void> {
  const logger = createLogger()
  const deployment = compile(
    deploymentOptions,
    { ...options, ...(usesWith && { usesWith }) },
    `executor "${options.name}"`,
  )
  const { name } = options
  const redis = await openRedis({ url, ...(prefix && { prefix }) }, logger)
  const shared = { baseDir: process.cwd(), workspace: undefined, exposeStacks: false, logger }
  const worker = await startWorker({ ...deployment, name }, shared)
  const listener = await redis.listen(name, servedBy(worker, deployment.concurrency))
  console.log(`READY ${name}`)
  await untilStopped()
  const late = setTimeout(() => process.exit(1), grace)
  await listener.drain()
  await worker.drain()
  await listener.close()
  await redis.close()
  clearTimeout(late)
  process.exit(0)
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {}
  throw new InvalidArgumentError('Must be a JSON object.')
}
