import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { jsonSchemas } from '../../scripts/json-schemas.ts'
import { packagePath } from '../../src/base/package-folder.ts'

test('the published JSON Schemas are those of the shapes that read the files', () => {
  const published = readdirSync(packagePath('config')).filter((file) => file.endsWith('.schema.json'))
  const texts = new Map(published.map((file) => [file, readFileSync(packagePath('config', file), 'utf8')]))
  expect(texts).toEqual(jsonSchemas())
})

test('every configuration file that ships names a schema that ships', () => {
  const files = ['config', 'templates'].flatMap((folder) =>
    readdirSync(packagePath(folder))
      .filter((file) => file.endsWith('.json') && !file.endsWith('.schema.json'))
      .map((file) => `${folder}/${file}`),
  )
  expect(files).not.toEqual([])
  for (const file of files) {
    const { $schema } = JSON.parse(readFileSync(packagePath(file), 'utf8'))
    expect({ file, known: jsonSchemas().has($schema.split('/').at(-1)) }).toEqual({ file, known: true })
  }
})
