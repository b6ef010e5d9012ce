#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import pc from 'picocolors'
import { FlowError } from '../proto/index.ts'
import { checkCommand } from './commands/check.ts'
import { clientCommand } from './commands/client.ts'
import { executorCommand } from './commands/executor.ts'
import { exportCommand } from './commands/export.ts'
import { flowCommand } from './commands/flow.ts'
import { gatewayCommand } from './commands/gateway.ts'
import { newCommand } from './commands/new.ts'
import { pingCommand } from './commands/ping.ts'

const program = new Command('sluice')
  .description('Flows of executors that speak HTTP, gRPC, WebSocket and GraphQL')
  .version(version())
  .addCommand(newCommand(version()))
  .addCommand(flowCommand())
  .addCommand(gatewayCommand())
  .addCommand(executorCommand())
  .addCommand(clientCommand())
  .addCommand(pingCommand())
  .addCommand(checkCommand())
  .addCommand(exportCommand())
  .showHelpAfterError()

// who reads the output may stop, as `head` does: that is no failure
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  console.error(red(textOf(error)))
  process.exitCode = 1
}

// what a user can mend is told without a stack
function textOf(error: unknown): string {
  if (FlowError.is(error)) return error.message.replace(/^\[\w+\] /, '')
  return (error as Error).stack ?? String(error)
}

// picocolors looks at standard output, and takes CI for a terminal; a log must not get escapes
function red(text: string): string {
  return pc.createColors(pc.isColorSupported && Boolean(process.stderr.isTTY)).red(text)
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
