import type { AnyCommand, Argument, Flag } from './command.ts'

const common = {
  json: { about: 'print the result as one JSON document' },
  dotenv: { value: 'path', about: 'read settings from this file, before the environment and .env' },
  'no-color': { about: 'print without colours (as with NO_COLOR)' },
  debug: { about: 'with an error, show its cause and where it arose' },
  help: { about: 'show this help' },
} as const satisfies Record<string, Flag>

/** The flags that every command of this kind has beside its own. */
export function commonFlags(command: Pick<AnyCommand, 'changes' | 'lists'>): Record<string, Flag> {
  return {
    ...(command.changes ? { 'dry-run': { about: 'do everything, then take it back' } } : {}),
    ...(command.lists ? { jsonl: { about: 'print one JSON document a line' } } : {}),
    ...common,
  }
}

/** A command's own flags, by name. */
export function ownFlags(command: AnyCommand): Record<string, Flag> {
  return command.flags as Record<string, Flag>
}

/** A command's positional arguments, in order. */
export function argumentsOf(command: AnyCommand): readonly Argument[] {
  return (command.arguments ?? []) as readonly Argument[]
}
