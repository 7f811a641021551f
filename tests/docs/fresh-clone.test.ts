import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'
import { blocks, pages } from './pages.ts'
import { inBash } from './playground.ts'

const folder = mkdtempSync(join(tmpdir(), 'flows-db-clone-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A newcomer's shell has nothing of the npx and pnpm that run this test. */
const shell = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^p?npm_/i.test(name)))

/** git takes the project's address for this checkout, so that the README's own words can be run. */
const environment = {
  ...shell,
  GIT_CONFIG_COUNT: '2',
  GIT_CONFIG_KEY_0: `url.file://${packagePath('.')}.insteadOf`,
  GIT_CONFIG_VALUE_0: 'https://github.com/thepia/flows-db.git',
  GIT_CONFIG_KEY_1: 'safe.directory',
  GIT_CONFIG_VALUE_1: '*',
}

test('the first block of the README leads from nothing to a redeemed invitation, twice', async () => {
  const readme = pages().find(({ path }) => path === 'README.md')
  const [first] = blocks(readme?.text ?? '').filter(({ language }) => language === 'sh')
  const script = first?.text ?? ''
  expect(script).toContain('git clone')
  expect(script).toContain('run quickstart')

  const once = await inBash(script, folder, environment)
  expect(once).toMatchObject({ status: 0 })
  expect(once.output).toContain('sees of globex')

  const again = await inBash(
    'cd flows-db && npx -y pnpm@12.21.0 run quickstart && npx -y pnpm@12.21.0 run db:stop',
    folder,
    environment,
  )
  expect(again).toMatchObject({ status: 0 })
  expect(again.output).toContain('sees of globex')
}, 600_000)
