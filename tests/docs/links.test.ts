import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'
import { blocks, pages } from './pages.ts'

/** The fragment under which GitHub shows a heading. */
function fragment(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[`*]|\]\([^)]*\)|\[/g, '')
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-')
}

function withoutBlocks(text: string): string {
  return blocks(text).reduce((rest, block) => rest.replace(block.text, ''), text)
}

function anchors(text: string): Set<string> {
  const headings = [...withoutBlocks(text).matchAll(/^#{1,6} (.+)$/gm)].map((match) =>
    fragment(match[1] ?? ''),
  )
  const named = [...text.matchAll(/<a id="([^"]+)"/g)].map((match) => match[1] ?? '')
  return new Set([...headings, ...named])
}

function brokenLinks(path: string, text: string): string[] {
  const links = [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '')
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false
    const [file, anchor] = link.split('#')
    const target = file === '' ? path : join(dirname(path), file ?? '')
    if (!existsSync(packagePath(target))) return true
    return anchor !== undefined && !anchors(readFileSync(packagePath(target), 'utf8')).has(anchor)
  })
}

describe('every link of the documentation leads somewhere', () => {
  test.each(pages())('$path', ({ path, text }) => {
    expect(brokenLinks(path, text)).toEqual([])
  })

  test('a link to a missing file or heading is found', () => {
    expect(brokenLinks('README.md', '[a](docs/NOWHERE.md) [b](#nowhere) [c](LICENSE)')).toEqual([
      'docs/NOWHERE.md',
      '#nowhere',
    ])
  })
})
