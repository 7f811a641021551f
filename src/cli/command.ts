import type { Settings } from '../config/settings.ts'
import type { Connection, Database } from '../database/database.ts'

/** One flag of a command, as the table, the help, the parser, the completion and the reference read it. */
export type Flag = {
  about: string
  /** What the value is called in help: `--expires-in <duration>`. A flag without `value` is a switch. */
  value?: string
  required?: true
  /** May be given several times; the command gets a list. */
  repeat?: true
  choices?: readonly string[]
  /** Shown in help; the command gets it when the flag is absent. */
  default?: string
}

/** One positional argument. */
export type Argument = {
  name: string
  about: string
  required?: true
}

type ValueOf<F extends Flag> = F extends { repeat: true }
  ? readonly string[]
  : F extends { value: string }
    ? F extends { required: true } | { default: string }
      ? F extends { choices: readonly (infer Choice)[] }
        ? Choice
        : string
      : (F extends { choices: readonly (infer Choice)[] } ? Choice : string) | undefined
    : boolean

/** The values a command gets for its flags: text, a choice, a list, or true and false. */
export type FlagValues<Flags extends Record<string, Flag>> = {
  readonly [Name in keyof Flags]: ValueOf<Flags[Name]>
}

type ArgumentValues<Arguments extends readonly Argument[]> = {
  readonly [Index in keyof Arguments]: Arguments[Index] extends { required: true }
    ? string
    : string | undefined
}

/** What a running command may use of the world outside: everything else comes by its flags. */
export type Session = {
  settings: Settings
  /** Connects as staff (role flows_staff); refuses with MIGRATION_PENDING or DATABASE_NEWER when the schema does not fit. */
  database(): Promise<Connection>
  /** Connects as the migrating role and looks at nothing first. */
  owner(): Promise<Connection>
  /** Runs a change in one transaction as staff, and takes it back at the end under --dry-run. */
  change<Result>(work: (tx: Database) => Promise<Result>): Promise<Result>
  dryRun: boolean
  /** Says what is going on: on standard error, on a terminal only, never under --json. */
  progress(text: string): void
  /** Says something on standard output while the command still runs; undefined under --json and --jsonl. */
  tell: ((text: string) => Promise<void>) | undefined
  /** Aborts with the first SIGINT or SIGTERM, which then ends nothing by itself; the second one does. */
  interruption(): AbortSignal
  /** From now on a signal that ends the command says this of how things stand, after "Interrupted; ". */
  ifInterrupted(say: () => string): void
  /** Tells of something that went wrong beside the command's own success: on standard error, always. */
  warn(text: string): void
  /** Has the code typed at the terminal, or compares it with --confirm; throws CONFIRMATION_REQUIRED. */
  confirm(code: string, given: string | undefined, what: string): Promise<void>
  /** A secret text from `path`, or from standard input if the path is "-" or undefined. */
  readText(path: string | undefined): Promise<string>
  /** A secret that is typed at a terminal without being shown; without a terminal all of standard input. */
  readSecret(question: string): Promise<string>
  /** Every command of the table, for those that tell about the others. */
  commands(): Promise<readonly AnyCommand[]>
}

/** Whether a result is what was done, or under --dry-run what would be. */
export type How = { dryRun: boolean }

/** Colours for a terminal; each is the identity in a pipe, under NO_COLOR and in tests. */
export type Style = {
  bold(text: string): string
  dim(text: string): string
  green(text: string): string
  red(text: string): string
  yellow(text: string): string
  /** Columns aligned; the first row is the heading. */
  table(rows: readonly (readonly string[])[]): string
}

/** A command: its place in help, what it takes, what it does and how its result is told. */
export type Command<
  Flags extends Record<string, Flag> = Record<string, Flag>,
  Arguments extends readonly Argument[] = readonly Argument[],
  Result = unknown,
> = {
  /** group:verb, as in DESIGN; also reachable as two words. */
  name: string
  about: string
  /** More than one sentence, where one is not enough. */
  details?: string
  arguments?: Arguments
  flags: Flags
  /** At least two, complete but for `flows-db` in front; each is run by a test. */
  examples: readonly [string, string, ...string[]]
  /** Adds --dry-run; the command then works through session.change or looks at session.dryRun. */
  changes?: true
  /** The result is a list: adds --jsonl, one document a line. */
  lists?: true
  /** Does the work and gives what --json prints. */
  run(session: Session, flags: FlagValues<Flags>, ...args: ArgumentValues<Arguments>): Promise<Result>
  /** The result for a person, without a newline at the end; under --dry-run as what would be. */
  say(result: Result, style: Style, how: How): string
  /** The exit status of a result that is not simply done (a token found not valid: 8). */
  exit?(result: Result): number
}

/** A command as the table, the help and the parser see it, whatever its flags are. */
// biome-ignore lint/suspicious/noExplicitAny: only `any` stands both above and below the flags of every command
export type AnyCommand = Command<any, any, any>

/** Declares a command, with the types of its flags and arguments worked out. */
export function command<
  const Flags extends Record<string, Flag>,
  Result,
  const Arguments extends readonly Argument[] = readonly [],
>(definition: Command<Flags, Arguments, Result>): Command<Flags, Arguments, Result> {
  return definition
}
