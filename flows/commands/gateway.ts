import { Command } from 'commander'
import { tuneHeap } from '../heap.ts'
import { loadFlow } from '../load.ts'

/** `sluice gateway FILE` */
export function gatewayCommand(): Command {
  return new Command('gateway')
    .description('start the gateway of a flow alone; its executors run elsewhere')
    .argument('<file>', 'YAML file of the flow, with transport: redis')
    .addHelpText(
      'after',
      `
Examples:
  sluice gateway flow.yml
  sluice executor --uses ./embed.ts --name embed --redis redis://localhost:6379`,
    )
    .action(async (file: string) => {
      tuneHeap()
      const flow = await loadFlow(file, process.env)
      const running = await flow.startGateway()
      // before it is said: who hears it may stop it at once
      const stopped = running.block()
      for (const url of running.urls) console.log(url)
      console.log('READY')
      await stopped
      process.exit(0)
    })
}
