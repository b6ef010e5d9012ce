import { Command } from 'commander'
import { composeCommand } from './export/docker-compose.ts'
import { flowchartCommand } from './export/flowchart.ts'
import { schemaCommand } from './export/schema.ts'

/** `sluice export …`: a flow in another form. */
export function exportCommand(): Command {
  return new Command('export')
    .description('a flow in another form: a picture, containers, a schema for editors')
    .addCommand(flowchartCommand())
    .addCommand(composeCommand())
    .addCommand(schemaCommand())
}
