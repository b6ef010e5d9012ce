import { Command } from 'commander'
import { postCommand, shortcutCommand } from './client/post.ts'
import { clientTypesCommand } from './client/types.ts'

/** `sluice client …`: each of its commands is a file of `flows/commands/client/`. */
export function clientCommand(): Command {
  return new Command('client')
    .description('send documents to a flow')
    .addCommand(postCommand())
    .addCommand(shortcutCommand('index'))
    .addCommand(shortcutCommand('search'))
    .addCommand(shortcutCommand('update'))
    .addCommand(shortcutCommand('delete'))
    .addCommand(clientTypesCommand())
}
