import type { AnyCommand, Flag } from '../src/cli/command.ts'
import { argumentsOf, commonFlags, ownFlags } from '../src/cli/flags.ts'
import { flagMeaning, flagTerm, usageLine } from '../src/cli/help.ts'
import { markdownTable } from './markdown-table.ts'

/** The reference of all commands: an overview, and for each its usage, arguments, flags and examples. */
export function describeCommands(commands: readonly AnyCommand[]): string {
  const overview = markdownTable(
    ['command', 'what it does'],
    commands.map(({ name, about }) => [`[\`${name}\`](#${anchor(name)})`, about]),
  )
  const shared = flagTable(Object.entries(commonFlags({ changes: true, lists: true })))
  return [overview, describeShared(shared), ...commands.map(describeCommand)].join('\n\n')
}

function describeShared(flags: string): string {
  return `Every command takes these; \`--dry-run\` only where something is changed, \`--jsonl\` only where the result is a list:\n\n${flags}`
}

function describeCommand(command: AnyCommand): string {
  const { name, about, details, examples } = command
  const args = argumentsOf(command).map(({ name: argument, about }) => [`\`<${argument}>\``, about])
  const flags = Object.entries(ownFlags(command))
  return [
    `<a id="${anchor(name)}"></a>`,
    `### ${name}`,
    `${about}.${details === undefined ? '' : ` ${details.split('\n').join('  \n')}`}`,
    ['```text', `flows-db ${usageLine(command)}`, '```'].join('\n'),
    ...(args.length === 0 ? [] : [markdownTable(['argument', 'meaning'], args)]),
    ...(flags.length === 0 ? [] : [flagTable(flags)]),
    ['Examples:', '', '```text', ...examples.map((example) => `flows-db ${example}`), '```'].join('\n'),
  ].join('\n\n')
}

function flagTable(flags: readonly (readonly [string, Flag])[]): string {
  return markdownTable(
    ['flag', 'meaning'],
    flags.map(([name, flag]) => [`\`${flagTerm(name, flag)}\``, flagMeaning(flag)]),
  )
}

function anchor(name: string): string {
  return name.replaceAll(':', '-')
}
