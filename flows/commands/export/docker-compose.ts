import { existsSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { Command } from 'commander'
import { dockerCompose } from '../../exports/compose.ts'
import { loadFlow } from '../../load.ts'
import { outputOption, put } from './output.ts'

interface Options {
  output?: string
  image: string
  workdir: string
}

/** `sluice export docker-compose FILE` */
export function composeCommand(): Command {
  return new Command('docker-compose')
    .description('containers for the flow of a YAML file: Redis, the gateway, and a service for each deployment')
    .argument('<file>', 'YAML file')
    .addOption(outputOption())
    .option('--image <name>', 'image with the command sluice and the folder of the flow', 'sluice')
    .option('--workdir <folder>', "the flow's folder in the image", '/app')
    .addHelpText(
      'after',
      `
A Dockerfile beside the flow is what the image is built from; \`sluice new\` makes one. All deployments run behind Redis, whatever the flow
says. Variables of the file must be set where docker compose is called.

Examples:
  sluice export docker-compose flow.yml --output docker-compose.yml
  docker compose up --build --wait`,
    )
    .action(async (file: string, { output, image, workdir }: Options) => {
      const read = new Set<string>()
      const flow = await loadFlow(file, recording(process.env, read))
      const [from, folder] = [dirname(output ?? file), dirname(file)]
      const build = existsSync(join(folder, 'Dockerfile')) ? `./${relative(from, folder)}` : undefined
      const variables = [...read].filter((name) => name !== 'REDIS_URL')
      put(dockerCompose(flow.describe(), { file: basename(file), image, workdir, build, variables }), output)
    })
}

/** The environment, which notes what is read of it. */
function recording(env: NodeJS.ProcessEnv, read: Set<string>): NodeJS.ProcessEnv {
  return new Proxy(env, {
    get(target, name) {
      read.add(String(name))
      return target[String(name)]
    },
  })
}
