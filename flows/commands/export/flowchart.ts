import { Command, Option } from 'commander'
import { drawingOf } from '../../exports/drawing.ts'
import { flowchartMermaid } from '../../exports/mermaid.ts'
import { loadFlow } from '../../load.ts'
import { outputOption, put } from './output.ts'

type Format = 'svg' | 'mermaid' | 'json'

interface Options {
  output?: string
  format?: Format
  json?: boolean
}

/** `sluice export flowchart FILE` */
export function flowchartCommand(): Command {
  return new Command('flowchart')
    .description('draw the flow of a YAML file')
    .argument('<file>', 'YAML file')
    .addOption(outputOption())
    .addOption(
      new Option('--format <format>', 'what to draw it as; default: by the name of the output, else svg')
        .choices(['svg', 'mermaid'])
        .conflicts('json'),
    )
    .option('--json', 'the boxes and arrows as JSON')
    .addHelpText(
      'after',
      `
Examples:
  sluice export flowchart flow.yml --output flow.svg
  sluice export flowchart flow.yml --format mermaid     # for Markdown
  sluice export flowchart flow.yml --json | jq '.nodes[].title'`,
    )
    .action(async (file: string, options: Options) => {
      const flow = (await loadFlow(file, process.env)).describe()
      const format = options.json ? 'json' : (options.format ?? formatOf(options.output))
      const text =
        format === 'json'
          ? `${JSON.stringify(drawingOf(flow))}\n`
          : format === 'mermaid'
            ? flowchartMermaid(flow)
            : (await import('../../exports/svg.ts')).flowchartSvg(flow)
      put(text, options.output)
    })
}

function formatOf(output = ''): Format {
  return /\.(mmd|mermaid|md)$/.test(output) ? 'mermaid' : 'svg'
}
