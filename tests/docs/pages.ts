import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { packagePath } from '../../src/base/package-folder.ts'

/** A page of the documentation. */
export type Page = { path: string; text: string }

/** A fenced block of a page: its language and its lines. */
export type Block = { language: string; text: string; line: number }

/** The README, CONTRIBUTING and every page below docs/. */
export function pages(): Page[] {
  const root = packagePath('.')
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name))
  return ['README.md', 'CONTRIBUTING.md', ...docs.sort()].map((path) => ({
    path: relative(root, join(root, path)),
    text: readFileSync(join(root, path), 'utf8'),
  }))
}

/** The fenced blocks of a page, in order. */
export function blocks(text: string): Block[] {
  const found: Block[] = []
  let open: Block | undefined
  text.split('\n').forEach((line, index) => {
    const fence = /^```(\S*)/.exec(line)
    if (open === undefined) {
      if (fence) open = { language: fence[1] ?? '', text: '', line: index + 1 }
    } else if (fence) {
      found.push(open)
      open = undefined
    } else {
      open.text += `${line}\n`
    }
  })
  return found
}
