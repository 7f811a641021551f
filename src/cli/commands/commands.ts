import { type AnyCommand, type Argument, command, type Flag } from '../command.ts'

/** A command as other programs may read it. */
type CommandData = {
  name: string
  about: string
  changes: boolean
  lists: boolean
  arguments: readonly Argument[]
  flags: readonly ({ name: string } & Flag)[]
  examples: readonly string[]
}

/** The table of commands as data, for editors, agents and scripts. */
export const commands = command({
  name: 'commands',
  about: 'List every command with its flags',
  flags: {},
  examples: ['commands', 'commands --json'],
  lists: true,
  run: async (session) => (await session.commands()).map(toData),
  say: (all, style) => style.table([['COMMAND', 'ABOUT'], ...all.map(({ name, about }) => [name, about])]),
})

function toData({ name, about, changes, lists, flags, examples, ...more }: AnyCommand): CommandData {
  return {
    name,
    about,
    changes: changes === true,
    lists: lists === true,
    arguments: more.arguments ?? [],
    flags: Object.entries(flags as Record<string, Flag>).map(([flag, definition]) => ({
      name: flag,
      ...definition,
    })),
    examples,
  }
}
