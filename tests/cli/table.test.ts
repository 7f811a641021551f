import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'
import { commandNames, loadCommand, loadCommands } from '../../src/cli/commands.ts'
import { argumentsOf, commonFlags, ownFlags } from '../../src/cli/flags.ts'
import { parseLine } from '../../src/cli/parse.ts'
import { matchName } from '../../src/cli/words.ts'

const commands = await loadCommands()

test('the table and the folder of commands have the same members, under the names that lead to each other', async () => {
  const files = readdirSync(packagePath('src/cli/commands'))
  expect(files.toSorted()).toEqual(commandNames.map((name) => `${name.replaceAll(':', '-')}.ts`).toSorted())
  for (const name of commandNames) {
    const [first = '', ...rest] = name.split(/[:-]/)
    const exported = first + rest.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('')
    const module = await import(`../../src/cli/commands/${name.replaceAll(':', '-')}.ts`)
    expect(Object.keys(module)).toEqual([exported])
    expect((await loadCommand(name))?.name).toBe(name)
  }
})

test('every command is also a script of the package', () => {
  const { scripts } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8'))
  for (const name of commandNames) {
    expect({ name, script: scripts[name] }).toEqual({
      name,
      script: `node --import tsx src/cli/main.ts ${name}`,
    })
  }
})

test('every command is told in the same manner: a sentence without a full stop, and examples of itself', () => {
  for (const { name, about, examples } of commands) {
    expect({ name, about }).toEqual({ name, about: expect.stringMatching(/^[A-Z][^\n]{5,100}[^.\n]$/) })
    expect(examples.length).toBeGreaterThanOrEqual(2)
    for (const example of examples) expect(example).toMatch(new RegExp(`^${name}( |$)`))
  }
})

test('no flag of a command is one that all commands have, and no required argument follows an optional one', () => {
  for (const command of commands) {
    const common = Object.keys(commonFlags({ changes: true, lists: true }))
    expect(Object.keys(ownFlags(command)).filter((name) => common.includes(name))).toEqual([])
    const needed = argumentsOf(command).map(({ required }) => required === true)
    expect(needed).toEqual(needed.toSorted((a, b) => Number(b) - Number(a)))
  }
})

test('every example is a line that its command understands', async () => {
  for (const command of commands) {
    for (const example of command.examples) {
      const words = [...example.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
        ([, a, b, c]) => a ?? b ?? c ?? '',
      )
      const match = matchName(words, (name) => commandNames.includes(name))
      expect(match?.name).toBe(command.name)
      await expect(parseLine(command, match?.rest ?? [])).resolves.toBeDefined()
    }
  }
})
