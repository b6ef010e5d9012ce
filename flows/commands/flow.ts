import { Command } from 'commander'
import { tuneHeap } from '../heap.ts'
import { loadFlow } from '../load.ts'

/** `sluice flow FILE` */
export function flowCommand(): Command {
  return new Command('flow')
    .description('start the flow of a YAML file and serve until it is stopped')
    .argument('<file>', 'YAML file')
    .addHelpText(
      'after',
      '\nExamples:\n  sluice flow flow.yml\n  PORT=8080 sluice flow flow.yml   # for a flow that says port: ${{ ENV.PORT }}',
    )
    .action(async (file: string) => {
      tuneHeap()
      const flow = await loadFlow(file, process.env)
      const running = await flow.start()
      // before it is said: who hears it may stop it at once
      const stopped = running.block()
      for (const url of running.urls) console.log(url)
      console.log('READY')
      await stopped
      // what an executor left open does not keep it
      process.exit(0)
    })
}
