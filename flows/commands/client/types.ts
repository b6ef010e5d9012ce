import { Command, InvalidArgumentError } from 'commander'
import { connect, declareService } from '../../../client/index.ts'
import { atLeast } from '../values.ts'

interface Options {
  name?: string
  token?: string
  timeout: number
}

/** `sluice client types URL`: a module with the types of what a service serves. */
export function clientTypesCommand(): Command {
  return new Command('types')
    .description('print TypeScript types of typed endpoints, for connect()')
    .argument('<url>', 'such as http://localhost:8080; a service of BentoML too')
    .option('-n, --name <name>', "name of the interface; default: the service's", identifier)
    .option('--token <token>', 'bearer token')
    .option('--timeout <ms>', 'how long to wait until the service is ready', atLeast(1), 30_000)
    .addHelpText(
      'after',
      `
Examples:
  sluice client types http://localhost:8080 > iris.ts
  sluice client types https://my.flow --name Iris --token "$TOKEN" > iris.ts`,
    )
    .action(types)
}

async function types(url: string, { name, token, timeout }: Options): Promise<void> {
  const connected = { serverReadyTimeoutMs: timeout, timeoutMs: timeout, ...(token !== undefined && { token }) }
  await using service = connect(url, connected)
  process.stdout.write(declareService(await service.describe(), name))
}

function identifier(name: string): string {
  if (/^[A-Za-z_$][\w$]*$/.test(name)) return name
  throw new InvalidArgumentError('Must be an identifier.')
}
