import { readdirSync, readFileSync } from 'node:fs'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'

/** The numbers of the threats that a title names: "threat 5, ..." or "threats 18 to 20, ...". */
function numbersIn(title: string): number[] {
  const [, first, word, last] = /^threats? (\d+)(?: (to|and) (\d+))?,/.exec(title) ?? []
  if (first === undefined) return []
  const [from, to] = [Number(first), Number(last ?? first)]
  return word === 'and' ? [from, to] : Array.from({ length: to - from + 1 }, (_, step) => from + step)
}

/** The titles of the tests that run in a file: a call of `test` or of `describe.each(...)`, and none that is skipped. */
function titlesIn(text: string): string[] {
  const titles: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const called = node.expression.getText().split('(')[0] ?? ''
      const [title] = node.arguments
      if (
        /^(test|test\.each|describe\.each)$/.test(called) &&
        title !== undefined &&
        ts.isStringLiteralLike(title)
      ) {
        titles.push(title.text)
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('a.ts', text, ts.ScriptTarget.Latest, true))
  return titles
}

const folder = packagePath('tests', 'invitations')
const files = readdirSync(folder).filter((name) => /^threats.*\.test\.ts$/.test(name))
const byNumber = new Map<number, string[]>()
for (const name of files) {
  for (const title of titlesIn(readFileSync(packagePath('tests', 'invitations', name), 'utf8'))) {
    for (const number of numbersIn(title)) byNumber.set(number, [...(byNumber.get(number) ?? []), title])
  }
}

test('each of the 36 threats has a test of its number that runs', () => {
  const all = Array.from({ length: 36 }, (_, index) => index + 1)
  expect([...byNumber.keys()].sort((a, b) => a - b)).toEqual(all)
})

test('no test that is skipped, commented out or left to do counts', () => {
  const told = [
    "test('threat 1, one', run)",
    "test.skip('threat 2, two', run)",
    "// test('threat 3, three', run)",
    "test.todo('threat 4, four')",
    "describe.each(all)('threats 5 and 6, both', run)",
    'test(`threats 7 to 9, more`, run)',
  ]
  expect(titlesIn(told.join('\n')).flatMap(numbersIn)).toEqual([1, 5, 6, 7, 8, 9])
})
