import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'
import { testDatabase } from '../support/database.ts'
import { blocks, pages } from './pages.ts'
import { makePlayground } from './playground.ts'

/** What a page's example addresses stand for in the test: a server that exists. */
const { adminUrl } = await testDatabase()
const addresses = new Map([['postgres://postgres:secret@db.example.com:5432/postgres', adminUrl]])

/** Commands that the tests cannot run inside themselves; each runs elsewhere, which is checked below. */
const runByCi = ['npx -y pnpm@12.21.0 test', 'npx -y pnpm@12.21.0 run check']
const runByFreshClone = [
  'git clone https://github.com/thepia/flows-db.git',
  'cd flows-db',
  'npx -y pnpm@12.21.0 run quickstart',
]
const elsewhere = new Set([...runByCi, ...runByFreshClone])

const playground = await makePlayground()
afterAll(() => playground.remove())

function scriptOf(text: string): string {
  const shell = blocks(text).filter(({ language }) => language === 'sh')
  const lines = shell.flatMap((block) => block.text.split('\n')).filter((line) => !elsewhere.has(line.trim()))
  return [...addresses].reduce((script, [shown, real]) => script.replaceAll(shown, real), lines.join('\n'))
}

describe('every shell block of the documentation runs as it stands', () => {
  const scripts = pages()
    .map(({ path, text }) => ({ path, script: scriptOf(text) }))
    .filter(({ script }) => script.trim() !== '')

  test('there are pages with shell blocks', () => {
    expect(scripts.map(({ path }) => path)).toContain('README.md')
  })

  test.each(scripts)(
    '$path',
    async ({ path, script }) => {
      const folder = `.flows-db-${path.replace(/\W/g, '-')}`
      const { status, output } = await playground.run(`trap 'pnpm run db:stop >/dev/null' EXIT\n${script}`, {
        FLOWS_DB_DIR: folder,
      })
      expect({ status, output: status === 0 ? '' : output }).toEqual({ status: 0, output: '' })
    },
    300_000,
  )
})

test('what the pages ask for and this file leaves out is run by CI', () => {
  const ci = readFileSync(packagePath('.ci/run'), 'utf8')
  for (const command of runByCi) expect(ci).toContain(command)
})
