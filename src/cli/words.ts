/** Which of the known names the command line begins with, and the words after it. */
export type Match = { name: string; rest: readonly string[] }

/** The words up to the first flag: where a command's name is looked for. */
export function leadingWords(argv: readonly string[]): readonly string[] {
  const firstFlag = argv.findIndex((word) => word.startsWith('-'))
  return firstFlag === -1 ? argv : argv.slice(0, firstFlag)
}

const switches = ['--json', '--jsonl', '--debug', '--no-color', '--dry-run']

/**
 * The same line with the command in front, where flags that all commands have stand before it:
 * `--json client:list` reads `client:list --json`. Any other line as it is.
 */
export function commandFirst(argv: readonly string[]): readonly string[] {
  let count = 0
  while (count < argv.length) {
    const word = argv[count] ?? ''
    if (switches.includes(word) || word.startsWith('--dotenv=')) count += 1
    else if (word === '--dotenv') count += 2
    else break
  }
  const line = argv.slice(count)
  const words = leadingWords(line)
  return words.length === 0 ? argv : [...words, ...argv.slice(0, count), ...line.slice(words.length)]
}

/** Whether the version is asked for. */
export function isVersionRequest([word, ...more]: readonly string[]): boolean {
  return word === '--version' || (word === 'version' && more.length === 0)
}

/**
 * Finds the longest known name at the start of the words, written `group:verb` or `group verb`. A `--` right after
 * the name is dropped, since `pnpm run group:verb -- flags` hands it on.
 */
export function matchName(argv: readonly string[], known: (name: string) => boolean): Match | undefined {
  const words = leadingWords(argv)
  for (let length = Math.min(words.length, 3); length > 0; length--) {
    const name = words.slice(0, length).join(':')
    if (!known(name)) continue
    const rest = argv.slice(length)
    return { name, rest: rest[0] === '--' ? rest.slice(1) : rest }
  }
  return undefined
}

/**
 * What the help is asked for, as words: `help x`, `x --help`, `x -h`, or nothing at all; undefined if the line
 * asks for no help. A word after `--` is never a flag.
 */
export function helpRequest(argv: readonly string[]): readonly string[] | undefined {
  const line = argv[0] === '--' ? argv.slice(1) : argv
  if (line.length === 0) return []
  if (line[0] === 'help') return leadingWords(line.slice(1))
  const words = leadingWords(line)
  const flags = line.slice(line[words.length] === '--' ? words.length + 1 : words.length)
  const end = flags.indexOf('--')
  const asked = (end === -1 ? flags : flags.slice(0, end)).some((word) => word === '--help' || word === '-h')
  return asked ? words : undefined
}
