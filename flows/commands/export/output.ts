import { writeFileSync } from 'node:fs'
import { Option } from 'commander'
import { FlowError } from '../../../proto/index.ts'

/** Where an export goes. */
export function outputOption(): Option {
  return new Option('-o, --output <file>', 'write it here instead of to standard output')
}

/** @throws {FlowError} FAILED_PRECONDITION for a file that cannot be written */
export function put(text: string, output: string | undefined): void {
  if (output === undefined) process.stdout.write(text)
  else {
    try {
      writeFileSync(output, text)
    } catch (error) {
      throw new FlowError('FAILED_PRECONDITION', FlowError.from(error).reason, { cause: error })
    }
    console.error(`wrote ${output}`)
  }
}
