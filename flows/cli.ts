#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import pc from 'picocolors'
import { FlowError } from '../proto/index.ts'
import { clientCommand } from './commands/client.ts'
import { flowCommand } from './commands/flow.ts'

const program = new Command('sluice')
  .description('Flows of executors that speak HTTP and gRPC')
  .version(version())
  .addCommand(flowCommand())
  .addCommand(clientCommand())
  .showHelpAfterError()

try {
  await program.parseAsync()
} catch (error) {
  // what a user can mend is told without a stack
  console.error(
    pc.red(FlowError.is(error) ? error.message.replace(/^\[\w+\] /, '') : ((error as Error).stack ?? String(error))),
  )
  process.exitCode = 1
}

/** Beside the sources, or above `dist`. */
function version(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      return JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')).version
    } catch {}
  }
  return 'unknown'
}
