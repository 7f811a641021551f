import type { AnyCommand, Flag } from './command.ts'
import { commonFlags, ownFlags } from './flags.ts'

/** The shells for which there is a completion script. */
export const shells = ['bash', 'zsh', 'fish'] as const

/** The script that completes commands, their flags and the choices of a flag in a shell. */
export function completionScript(shell: (typeof shells)[number], commands: readonly AnyCommand[]): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](commands)
}

function flagsOf(command: AnyCommand): readonly (readonly [string, Flag])[] {
  return Object.entries({ ...ownFlags(command), ...commonFlags(command) })
}

function flagWords(command: AnyCommand): string {
  return flagsOf(command)
    .map(([name]) => `--${name}`)
    .join(' ')
}

function choicesOf(command: AnyCommand): readonly (readonly [string, readonly string[]])[] {
  return flagsOf(command).flatMap(([name, { choices }]) =>
    choices === undefined ? [] : [[name, choices] as const],
  )
}

/** A case per command: its flags, after a flag with choices those, and after another that takes a value nothing. */
function shellCases(commands: readonly AnyCommand[]): string {
  return commands
    .map((command) => {
      const choices = choicesOf(command)
        .map(([name, words]) => `        --${name}) words='${words.join(' ')}' ;;\n`)
        .join('')
      const open = flagsOf(command).filter(([, { value, choices }]) => value !== undefined && !choices)
      const inner = `      case $previous in\n${choices}        ${open.map(([name]) => `--${name}`).join('|')}) words='' ;;\n      esac\n`
      return `    ${command.name})\n      words='${flagWords(command)}'\n${inner}      ;;\n`
    })
    .join('')
}

function bashScript(commands: readonly AnyCommand[]): string {
  return `_flows_db() {
  local current previous words
  # A colon breaks words in bash; the line is cut at blanks instead.
  local line=\${COMP_LINE:0:COMP_POINT} parts
  read -ra parts <<< "$line"
  [[ $line == *' ' ]] && parts+=('')
  current=\${parts[-1]} previous=\${parts[-2]}
  # Flags that all commands have may stand before the command.
  local at=1 last=$((\${#parts[@]} - 1))
  while ((at < last)) && [[ \${parts[at]} == -* ]]; do
    [[ \${parts[at]} == --dotenv ]] && ((at += 1))
    ((at += 1))
  done
  if ((at > last)); then
    words=''
  elif ((at == last)); then
    words='${[...commands.map(({ name }) => name), 'help', 'version'].join(' ')}'
  else
    case \${parts[at]} in
${shellCases(commands)}    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  # What bash believes to be done already ends with the last colon of the word.
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${current%"\${current##*:}"}"}")
  fi
}
# Where there is nothing to offer, bash offers files.
complete -o default -F _flows_db flows-db
`
}

function zshScript(commands: readonly AnyCommand[]): string {
  const names = commands
    .map(({ name, about }) => `    '${name.replaceAll(':', '\\:')}:${quoteless(about)}'`)
    .join('\n')
  return `#compdef flows-db
_flows_db() {
  local words_of previous words
  local -a commands
  commands=(
${names}
  )
  local -a typed
  typed=(\${(z)BUFFER})
  integer at=2
  while ((at < CURRENT)) && [[ \${typed[at]} == -* ]]; do
    [[ \${typed[at]} == --dotenv ]] && ((at += 1))
    ((at += 1))
  done
  if ((at >= CURRENT)); then
    _describe command commands
    return
  fi
  previous=\${typed[CURRENT-1]}
  case \${typed[at]} in
${shellCases(commands)}  esac
  if [[ -n $words ]]; then compadd -- \${=words}; else _files; fi
}
compdef _flows_db flows-db
`
}

function fishScript(commands: readonly AnyCommand[]): string {
  const lines = commands.flatMap((command) => {
    const seen = `-n '__fish_seen_subcommand_from ${command.name}'`
    return [
      `complete -c flows-db -f -n __fish_use_subcommand -a '${command.name}' -d '${quoteless(command.about)}'`,
      ...flagsOf(command).map(([name, { about, value = '', choices }]) => {
        const words = choices === undefined ? '' : ` -a '${choices.join(' ')}'`
        const takes = value === '' ? '' : ['file', 'path'].includes(value) ? ' -r -F' : ` -x${words}`
        return `complete -c flows-db -f ${seen} -l ${name}${takes} -d '${quoteless(about)}'`
      }),
    ]
  })
  return `${lines.join('\n')}\n`
}

function quoteless(text: string): string {
  return text.replaceAll("'", '').replaceAll('\\', '')
}
