import { Command } from 'commander'
import { tuneHeap } from '../heap.ts'
import { loadFlow } from '../load.ts'
import type { Overrides } from '../overrides.ts'
import { atLeast } from './values.ts'

const whole = (text: string, before: number[] = []) => [...before, atLeast(0)(text)]

/** `sluice gateway FILE` */
export function gatewayCommand(): Command {
  return new Command('gateway')
    .description('start the gateway of a flow alone; its executors run elsewhere')
    .argument('<file>', 'YAML file of the flow, with transport: redis')
    .option('-r, --redis <url>', 'reach all executors through queues in this Redis, whatever the file says')
    .option('-p, --port <n...>', 'listen here, whatever the file says: one for all protocols, or one for each', whole)
    .addHelpText(
      'after',
      `
Examples:
  sluice gateway flow.yml
  sluice gateway flow.yml --redis redis://localhost:6379 --port 8080
  sluice executor --uses ./embed.ts --name embed --redis redis://localhost:6379`,
    )
    .action(async (file: string, options: Overrides) => {
      tuneHeap()
      const flow = await loadFlow(file, process.env)
      const running = await flow.startGateway(options)
      // before it is said: who hears it may stop it at once
      const stopped = running.block()
      for (const url of running.urls) console.log(url)
      console.log('READY')
      await stopped
      process.exit(0)
    })
}
