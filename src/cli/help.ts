import { settingDefinitions } from '../config/setting-table.ts'
import type { AnyCommand, Flag } from './command.ts'
import { exitStatuses } from './exit-status.ts'
import { argumentsOf, commonFlags, ownFlags } from './flags.ts'

const lineWidth = 110

/**
 * Every page of help by its name: "index", one for each command (`client:create`), each group (`client`) and each
 * topic (`exit-codes`, `environment`).
 */
export function helpPages(commands: readonly AnyCommand[]): ReadonlyMap<string, string> {
  return new Map([
    ['index', indexPage(commands)],
    ...groupsOf(commands).map((group) => [group, groupPage(group, commands)] as const),
    ...commands.map((command) => [command.name, commandPage(command)] as const),
    ['exit-codes', exitCodesPage()],
    ['environment', environmentPage()],
  ])
}

function groupsOf(commands: readonly AnyCommand[]): readonly string[] {
  return [...new Set(commands.filter(({ name }) => name.includes(':')).map(groupOf))]
}

function groupOf({ name }: AnyCommand): string {
  return name.split(':')[0] ?? name
}

function indexPage(commands: readonly AnyCommand[]): string {
  const alone = commands.filter(({ name }) => !name.includes(':'))
  const groups = groupsOf(commands).map((group) => commands.filter((command) => groupOf(command) === group))
  const width = Math.max(...commands.map(({ name }) => name.length))
  const list = (some: readonly AnyCommand[]) =>
    some.map(({ name, about }) => line(name, about, width)).join('\n')
  return page(
    'flows-db - the tenant layer for Supabase and Postgres',
    section('Usage', '  flows-db <command> [flags]      also: flows-db <group> <verb> [flags]'),
    section('Commands', [...groups.filter((group) => group.length > 0), alone].map(list).join('\n\n')),
    section(
      'More',
      [
        line('flows-db <command> --help', 'what a command takes, with examples', 26),
        line('flows-db help exit-codes', 'what each exit status means', 26),
        line('flows-db help environment', 'the settings and where they are read', 26),
      ].join('\n'),
    ),
  )
}

function groupPage(group: string, commands: readonly AnyCommand[]): string {
  const some = commands.filter((command) => groupOf(command) === group)
  const width = Math.max(...some.map(({ name }) => name.length))
  return page(
    section('Commands', some.map(({ name, about }) => line(name, about, width)).join('\n')),
    `See "flows-db ${group} <verb> --help" for what one takes.`,
  )
}

/** `client:create --client-code <code> --region <EU|US|APAC> [flags]`: what must be given, and whether more may be. */
export function usageLine(command: AnyCommand): string {
  const args = argumentsOf(command).map(({ name, required }) => (required ? `<${name}>` : `[${name}]`))
  const needed = Object.entries(ownFlags(command))
    .filter(([, flag]) => flag.required)
    .map(([name, flag]) => flagTerm(name, flag))
  return [command.name, ...args, ...needed, '[flags]'].join(' ')
}

/** A flag as it is written on a command line: `--expires-in <duration>`. */
export function flagTerm(name: string, flag: Flag): string {
  return flag.value === undefined ? `--${name}` : `--${name} <${flag.choices?.join('|') ?? flag.value}>`
}

/** What a flag means, with what holds for it: needed, repeatable, its default. */
export function flagMeaning(flag: Flag): string {
  const notes = [
    ...(flag.required ? ['required'] : []),
    ...(flag.repeat ? ['repeatable'] : []),
    ...(flag.default === undefined ? [] : [`default: ${flag.default}`]),
  ]
  return notes.length === 0 ? flag.about : `${flag.about} (${notes.join(', ')})`
}

function commandPage(command: AnyCommand): string {
  const own = Object.entries(ownFlags(command))
  const common = Object.entries(commonFlags(command))
  const args = argumentsOf(command)
  const terms = [...own, ...common].map(([name, flag]) => flagTerm(name, flag))
  const width = Math.min(
    36,
    Math.max(...terms.map((term) => term.length), ...args.map(({ name }) => name.length + 2)),
  )
  const flags = (some: readonly (readonly [string, Flag])[]) =>
    some.map(([name, flag]) => line(flagTerm(name, flag), flagMeaning(flag), width)).join('\n')
  return page(
    [command.about, ...(command.details ?? '').split('\n').flatMap((text) => wrap(text, lineWidth))]
      .filter((text) => text !== '')
      .join('\n'),
    section('Usage', `  flows-db ${usageLine(command)}`),
    section('Examples', command.examples.map((example) => `  flows-db ${example}`).join('\n')),
    section('Arguments', args.map(({ name, about }) => line(`<${name}>`, about, width)).join('\n')),
    section('Flags', flags(own)),
    section('Common flags', flags(common)),
  )
}

function exitCodesPage(): string {
  return page(
    section('Exit codes', exitStatuses.map(([code, about]) => line(String(code), about, 3)).join('\n')),
  )
}

function environmentPage(): string {
  const width = Math.max(...settingDefinitions.map(([name]) => name.length))
  return page(
    section(
      'Settings',
      settingDefinitions
        .map(([name, { about, default: preset }]) =>
          line(name, preset === undefined ? about : `${about} (default: ${preset})`, width),
        )
        .join('\n'),
    ),
    wrap(
      'The first that has a value wins: the file named by --dotenv, the environment, .env in the project folder, ' +
        'flows-db.config.json beside it (no secrets there), the default. See the outcome with: flows-db config:show. ' +
        'Colours follow NO_COLOR, FORCE_COLOR and TERM.',
      lineWidth,
    ).join('\n'),
  )
}

function page(...parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function section(title: string, body: string): string {
  return body === '' ? '' : `${title}\n${body}`
}

function line(term: string, meaning: string, width: number): string {
  const indent = ' '.repeat(width + 4)
  const [first = '', ...others] = wrap(meaning, lineWidth - indent.length)
  const start = term.length > width ? `  ${term}\n${indent}` : `  ${term.padEnd(width)}  `
  return [start + first, ...others.map((text) => indent + text)].join('\n')
}

/** A text in lines of at most so many characters, broken at blanks; a longer word stays whole. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
