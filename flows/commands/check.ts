import { Command } from 'commander'
import pc from 'picocolors'
import { Document } from '../../client/index.ts'
import { type CheckStep, checkFlow } from '../check.ts'
import { parsed } from './client/formats.ts'

interface Options {
  on?: string
  text?: string
  document?: string
  json?: boolean
}

const titles: Readonly<Record<CheckStep['step'], string>> = {
  file: 'file and graph',
  executors: 'executors',
  document: 'a document',
}

/** `sluice check FILE` */
export function checkCommand(): Command {
  return new Command('check')
    .description('read the flow of a YAML file, start it where nobody sees it, and send one document through')
    .argument('<file>', 'YAML file')
    .option('--on <endpoint>', 'send the document to this endpoint, such as /search; else executors do nothing with it')
    .option('-t, --text <text>', 'the text of the document')
    .option('-d, --document <json>', 'the document')
    .option('--json', 'tell the result as JSON')
    .addHelpText(
      'after',
      `
Ends with 0 if all is well, else with 1, and tells the first that is wrong. Ports and Redis of the flow are left alone.

Examples:
  sluice check flow.yml
  sluice check flow.yml --on /search --text 'a white whale'
  sluice check flow.yml --json | jq -r '.steps[] | select(.ok | not) | .text'`,
    )
    .action(async (file: string, { on, text, document: given, json = false }: Options) => {
      const document = given !== undefined ? parsed(given, '--document') : text && new Document(text)
      const onStep = json ? () => {} : show
      const steps = await checkFlow(file, { on, document: document || undefined, env: process.env, onStep })
      const ok = steps.every((step) => step.ok)
      if (json) console.log(JSON.stringify({ file, ok, steps }))
      // what an executor left open does not keep it
      process.exit(ok ? 0 : 1)
    })
}

function show({ step, ok, text, executor }: CheckStep): void {
  const { green, red } = pc.createColors(pc.isColorSupported && Boolean(process.stdout.isTTY))
  const mark = ok ? green('ok  ') : red('FAIL')
  const lines = (executor && !text.includes(executor) ? `${executor}: ${text}` : text).split('\n')
  const indent = `\n${' '.repeat(22)}`
  console.log(`${mark}  ${titles[step].padEnd(14)}  ${lines.join(indent)}`)
}
