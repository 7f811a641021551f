import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { commandNames, loadCommands } from '../../src/cli/commands.ts'
import { completionScript, shells } from '../../src/cli/completion-script.ts'
import { flowsDb } from '../support/flows-db.ts'
import { tempFolder } from '../support/temp-folder.ts'

const commands = await loadCommands()

/** What bash offers at the end of a line, asked as readline does. */
function completeInBash(line: string): string[] {
  const words = line.split(/(?<=:)|(?=:)|\s/).filter((word) => word !== '')
  const script = `${completionScript('bash', commands)}
COMP_LINE=${JSON.stringify(line)} COMP_POINT=\${#COMP_LINE}
COMP_WORDS=(${words.map((word) => JSON.stringify(word)).join(' ')})
COMP_CWORD=${line.endsWith(' ') ? words.length : words.length - 1}
_flows_db
printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' })
    .split('\n')
    .filter((word) => word !== '')
}

test('bash offers commands, also after the colon at which it breaks words', () => {
  expect(completeInBash('flows-db ')).toEqual([...commandNames, 'help', 'version'])
  expect(completeInBash('flows-db --json --dotenv .env config:')).toEqual(['show'])
  expect(completeInBash('flows-db --dotenv ')).toEqual([])
  expect(completeInBash('flows-db config')).toEqual(['config:show'])
  expect(completeInBash('flows-db config:')).toEqual(['show'])
  expect(completeInBash('flows-db db:s')).toEqual(['status', 'stop'])
})

test('bash offers the flags of a command and the choices of a flag', () => {
  expect(completeInBash('flows-db completion --')).toContain('--shell')
  expect(completeInBash('flows-db completion --s')).toEqual(['--shell'])
  expect(completeInBash('flows-db completion --shell ')).toEqual([...shells])
  expect(completeInBash('flows-db completion --shell f')).toEqual(['fish'])
  expect(completeInBash('flows-db --json completion --s')).toEqual(['--shell'])
  expect(completeInBash('flows-db zzz --')).toEqual([])
})

test('after a flag that takes a text, bash is left to offer files', () => {
  expect(completeInBash('flows-db client:create --config ')).toEqual([])
  expect(completeInBash('flows-db client:create --config client.json --do')).toEqual(['--domain', '--dotenv'])
  expect(completionScript('bash', commands)).toContain('complete -o default -F _flows_db flows-db')
  expect(completionScript('fish', commands)).toMatch(/client:create' -l config -r -F /)
})

test.each(shells)('the script for %s names every command', async (shell) => {
  const { status, stdout } = await flowsDb(`completion ${shell}`, { cwd: tempFolder() })
  expect(status).toBe(0)
  for (const name of commandNames) expect(stdout.replaceAll('\\:', ':')).toContain(name)
})

test.each(['completion', 'completion tcsh', 'completion bash --shell zsh'])(
  '%s names no one shell',
  async (line) => {
    const { status, stderr } = await flowsDb(line, { cwd: tempFolder() })
    expect(status).toBe(2)
    expect(stderr).toContain('Say for which one shell: bash, zsh, fish')
  },
)
