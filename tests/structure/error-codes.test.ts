import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errorKinds } from '../../src/base/errors.ts'
import { packagePath } from '../../src/base/package-folder.ts'

const sources = readdirSync(packagePath('src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('errors.ts'))
  .map((name) => readFileSync(packagePath('src', name), 'utf8'))

test('every code of an error is thrown somewhere: none is left over', () => {
  expect(sources.length).toBeGreaterThan(200)
  const codes = Object.keys(errorKinds)
  const isThrown = (code: string) => sources.some((text) => text.includes(`'${code}'`))
  expect(codes.filter((code) => !isThrown(code))).toEqual([])
})
