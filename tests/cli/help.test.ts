import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'
import { commandNames, loadCommands } from '../../src/cli/commands.ts'
import { helpPages } from '../../src/cli/help.ts'
import { flowsDb, programPath } from '../support/flows-db.ts'
import { tempFolder } from '../support/temp-folder.ts'

const pages = helpPages(await loadCommands())

function fromSource(...words: readonly string[]): string {
  return execFileSync(process.execPath, ['--import', 'tsx', packagePath('src/cli/main.ts'), ...words], {
    encoding: 'utf8',
    cwd: packagePath(),
  })
}

test('the program ships every page of help as the source renders it', async () => {
  const folder = join(dirname(await programPath()), 'help')
  expect(readdirSync(folder)).toHaveLength(pages.size + 1)
  for (const [name, text] of pages) {
    expect(readFileSync(join(folder, `${name.replaceAll(':', '-')}.txt`), 'utf8')).toBe(text)
  }
})

test.each([
  ['', 'index'],
  ['--help', 'index'],
  ['help', 'index'],
  ['config:show --help', 'config:show'],
  ['config show -h', 'config:show'],
  ['help config:show', 'config:show'],
  ['config --help', 'config'],
  ['help exit-codes', 'exit-codes'],
  ['help environment', 'environment'],
  ['completion --shell bash --help', 'completion'],
])('"flows-db %s" prints the page %s', async (line, page) => {
  const ended = await flowsDb(line, { cwd: tempFolder() })
  expect(ended).toEqual({ status: 0, stdout: pages.get(page), stderr: '' })
})

test('from source the same pages are printed', () => {
  expect(fromSource('help', 'config:show')).toBe(pages.get('config:show'))
  expect(fromSource()).toBe(pages.get('index'))
})

test('a group alone lists its commands', async () => {
  const { status, stdout } = await flowsDb('db', { cwd: tempFolder() })
  expect(status).toBe(0)
  expect(stdout).toBe(pages.get('db'))
})

test('the version is that of the package, from the program and from source', async () => {
  const { version } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8'))
  expect((await flowsDb('version', { cwd: tempFolder() })).stdout).toBe(`${version}\n`)
  expect((await flowsDb('--json config:show', { cwd: tempFolder() })).stdout).toMatch(/^[{[]/)
  expect(await flowsDb('--version', { cwd: tempFolder() })).toEqual({
    status: 0,
    stdout: `${version}\n`,
    stderr: '',
  })
  expect(fromSource('--version')).toBe(`${version}\n`)
})

test('the index names every command, and no page has prose wider than 110 characters or an escape', () => {
  for (const name of commandNames) expect(pages.get('index')).toContain(`  ${name} `)
  for (const [name, text] of pages) {
    expect({
      name,
      wide: text.split('\n').filter((line) => line.length > 110 && !/^ {2}flows-db /.test(line)),
    }).toEqual({ name, wide: [] })
    expect(text).not.toContain('\u001b')
  }
})
