import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { outputOption, put } from './output.ts'

/** `sluice export schema` */
export function schemaCommand(): Command {
  return new Command('schema')
    .description("the JSON Schema of a flow's YAML, for editors")
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  sluice export schema --output flow.schema.json
Then, as the first line of a flow, for editors with YAML's language server:
  # yaml-language-server: $schema=./flow.schema.json`,
    )
    .action(({ output }: { output?: string }) => {
      put(readFileSync(new URL('../../exports/flow.schema.json', import.meta.url), 'utf8'), output)
    })
}
