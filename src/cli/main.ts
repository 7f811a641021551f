#!/usr/bin/env node
// The program's entry. Help is printed from pages that the build wrote, so that it loads nothing; all else is program.ts.
import { existsSync, readFileSync } from 'node:fs'
import { commandFirst, helpRequest, isVersionRequest, matchName } from './words.ts'

const pages = new URL('./help/', import.meta.url)

function builtPage(argv: readonly string[]): string | undefined {
  if (isVersionRequest(argv)) return read('version')
  const words = helpRequest(argv)
  if (words === undefined) return undefined
  if (words.length === 0) return read('index')
  const match = matchName(words, (name) => existsSync(fileOf(name)))
  return match && read(match.name)
}

function read(name: string): string | undefined {
  return existsSync(fileOf(name)) ? readFileSync(fileOf(name), 'utf8') : undefined
}

function fileOf(name: string): URL {
  return new URL(`${encodeURIComponent(name.replaceAll(':', '-'))}.txt`, pages)
}

const argv = commandFirst(process.argv.slice(2))
const page = builtPage(argv)
if (page === undefined) {
  const { runProgram } = await import('./program.ts')
  await runProgram(argv)
} else {
  process.stdout.on('error', () => process.exit())
  process.stdout.write(page)
}
