import {
  type ArgumentScannerError,
  buildApplication,
  buildCommand,
  formatMessageForArgumentScannerError,
  run,
  text_en,
} from '@stricli/core'
import { FlowsError } from '../base/errors.ts'
import type { AnyCommand, Flag } from './command.ts'
import { argumentsOf, commonFlags, ownFlags } from './flags.ts'
import { likeness } from './suggest-command.ts'

/** What stood on the command line: the command's own flags, its arguments, and the flags that all commands have. */
export type ParsedLine = {
  flags: Record<string, unknown>
  args: readonly (string | undefined)[]
  common: { json: boolean; jsonl: boolean; dryRun: boolean; dotenv: string | undefined }
}

/** Reads the words after a command's name; throws USAGE, naming everything that is wrong with them. */
export async function parseLine(command: AnyCommand, words: readonly string[]): Promise<ParsedLine> {
  const own = ownFlags(command)
  const { flags, args } = await scan(command, words)
  if (flags.json === true && flags.jsonl === true) {
    throw new FlowsError('USAGE', '--json and --jsonl exclude each other', {
      hint: '--json prints one document, --jsonl one a line.',
    })
  }
  return {
    flags: Object.fromEntries(Object.entries(own).map(([name, flag]) => [name, flags[name] ?? absent(flag)])),
    args,
    common: {
      json: flags.json === true,
      jsonl: flags.jsonl === true,
      dryRun: flags['dry-run'] === true,
      dotenv: flags.dotenv as string | undefined,
    },
  }
}

function absent(flag: Flag): unknown {
  if (flag.repeat) return []
  return flag.value === undefined ? false : undefined
}

type Scanned = { flags: Record<string, unknown>; args: readonly (string | undefined)[] }

async function scan(command: AnyCommand, words: readonly string[]): Promise<Scanned> {
  const faults: string[] = []
  let scanned: Scanned | undefined
  const target = buildCommand({
    docs: { brief: command.about },
    parameters: {
      flags: mapValues({ ...commonFlags(command), ...ownFlags(command) }, toParameter),
      positional: {
        kind: 'tuple',
        parameters: argumentsOf(command).map(({ name, about, required }) => ({
          parse: String,
          brief: about,
          placeholder: name,
          ...(required ? {} : { optional: true }),
        })),
      },
    } as never,
    func: (flags: Record<string, unknown>, ...args: readonly (string | undefined)[]) => {
      scanned = { flags, args }
    },
  })
  const application = buildApplication(
    target,
    {
      name: 'flows-db',
      scanner: { allowArgumentEscapeSequence: true, distanceOptions: likeness },
      localization: {
        text: {
          ...text_en,
          exceptionWhileParsingArguments: (error) => {
            faults.push(sayFault(error, words))
            return ''
          },
        },
      },
    },
    {},
  )
  const silent = { write: () => undefined }
  await run(application, words, { process: { stdout: silent, stderr: silent, env: {} } })
  if (scanned !== undefined) return scanned
  throw new FlowsError('USAGE', faults.join('; '), { hint: `See: ${command.name} --help` })
}

function toParameter(flag: Flag): object {
  if (flag.value === undefined)
    return { kind: 'boolean', brief: flag.about, default: false, withNegated: false }
  return {
    ...(flag.choices === undefined
      ? { kind: 'parsed', parse: String }
      : { kind: 'enum', values: flag.choices }),
    brief: flag.about,
    ...(flag.required ? {} : flag.default === undefined ? { optional: true } : { default: flag.default }),
    ...(flag.repeat ? { variadic: true } : {}),
  }
}

function sayFault(error: unknown, words: readonly string[]): string {
  return formatMessageForArgumentScannerError(error as ArgumentScannerError, {
    FlagNotFoundError: ({ input, corrections }) => `there is no flag --${input}${didYouMean(corrections)}`,
    AliasNotFoundError: ({ input }) => `there is no flag -${input}`,
    EnumValidationError: ({ externalFlagName, values, message }) =>
      `--${externalFlagName} must be one of ${values.join(', ')}${/, did you mean .*$/.exec(message)?.[0] ?? ''}`,
    UnsatisfiedFlagError: ({ externalFlagName }) =>
      `--${externalFlagName} ${words.includes(`--${externalFlagName}`) ? 'needs a value' : 'is missing'}`,
    UnsatisfiedPositionalError: ({ placeholder }) => `<${placeholder}> is missing`,
    UnexpectedFlagError: ({ externalFlagName }) => `--${externalFlagName} is given more than once`,
    UnexpectedPositionalError: ({ expectedCount }) =>
      expectedCount === 0
        ? 'it takes no argument, only flags'
        : `it takes only ${expectedCount === 1 ? 'one argument' : `${expectedCount} arguments`}`,
    ArgumentParseError: ({ externalFlagNameOrPlaceholder }) =>
      `--${externalFlagNameOrPlaceholder} takes no value`,
  })
}

function didYouMean(corrections: readonly string[]): string {
  return corrections.length === 0
    ? ''
    : `, did you mean ${corrections.map((name) => `--${name}`).join(' or ')}?`
}

function mapValues<From, To>(record: Record<string, From>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))
}
