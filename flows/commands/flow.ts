import { basename } from 'node:path'
import { Command } from 'commander'
import type { RunningFlow } from '../flow.ts'
import { tuneHeap } from '../heap.ts'
import { loadFlow } from '../load.ts'
import { type ReloadEvent, startReloading } from '../reload.ts'
import { type StartDisplay, startDisplay } from './start-display.ts'

/** `sluice flow FILE` */
export function flowCommand(): Command {
  return new Command('flow')
    .description('start the flow of a YAML file and serve until it is stopped')
    .argument('<file>', 'YAML file')
    .option('--reload', 'follow changes of the file and of the executors, without losing a request')
    .addHelpText(
      'after',
      `
With --reload, executors run in threads. One whose files change is started anew beside the one that runs, and takes its place when it is
ready; one that does not start changes nothing. New ports, protocols and other options of the gateway wait for the next start.

Examples:
  sluice flow flow.yml
  sluice flow flow.yml --reload
  PORT=8080 sluice flow flow.yml   # for a flow that says port: \${{ ENV.PORT }}`,
    )
    .action(async (file: string, { reload = false }: { reload?: boolean }) => {
      tuneHeap()
      const display = startDisplay()
      if (reload) await serveReloading(file, display)
      else {
        const flow = await loadFlow(file, process.env)
        const running = await flow.start({}, display.onStart).finally(() => display.done())
        await serve(running)
        display.done()
      }
      // what an executor left open does not keep it
      process.exit(0)
    })
}

async function serve(running: RunningFlow): Promise<void> {
  // before it is said: who hears it may stop it at once
  const stopped = running.block()
  for (const url of running.urls) console.log(url)
  console.log('READY')
  await stopped
}

async function serveReloading(file: string, display: StartDisplay): Promise<void> {
  let serving = false
  const onReload = (event: ReloadEvent) => {
    display.done()
    console.log(textOf(event))
  }
  const reloading = await startReloading(file, {
    env: process.env,
    onReload,
    onStart: (event) => {
      // while it serves, what came of a change is told in one line
      if (!serving) display.onStart(event)
    },
  }).finally(() => display.done())
  serving = true
  await serve(reloading.running)
  await reloading.close()
}

function textOf(event: ReloadEvent): string {
  if (event.kind === 'restart') return 'options of the gateway changed: they are taken at the next start'
  const files = event.files.map((file) => basename(file)).join(', ')
  return event.kind === 'reloaded'
    ? `reloaded ${files}`
    : `kept what runs, as ${files} cannot be used: ${event.error.reason}`
}
