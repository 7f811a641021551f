import { expect, test } from 'vitest'
import { listStatements } from '../../src/database/migrate/statements.ts'

function cut(text: string): string[] {
  return listStatements(text).map(({ start, end }) => text.slice(start, end))
}

test.each([
  ['semicolons', 'select 1; select 2', ['select 1', 'select 2']],
  ['empty statements', ';; select 1;;', ['select 1']],
  ['nothing but comments', '-- a; b\n/* c; /* d; */ e; */', []],
  ['comments between', 'select 1; -- then; \nselect 2;', ['select 1', 'select 2']],
  ['plain quotes', `select 'a;''b;'; select 2`, [`select 'a;''b;'`, 'select 2']],
  ['a backslash in a plain quote', `select 'a\\'; select 2`, [`select 'a\\'`, 'select 2']],
  ['a backslash in an escape quote', `select e'a\\';b'; select 2`, [`select e'a\\';b'`, 'select 2']],
  ['names', 'select ";" as "a"";"; select 2', ['select ";" as "a"";"', 'select 2']],
  ['dollar quotes', 'do $$ a; $x$ b; $$; select 2', ['do $$ a; $x$ b; $$', 'select 2']],
  ['tagged dollar quotes', 'do $ü1$ a; $$ b; $ü1$; select 2', ['do $ü1$ a; $$ b; $ü1$', 'select 2']],
  ['a dollar inside a name', 'select a$b$c; select 2', ['select a$b$c', 'select 2']],
  [
    'rules of several actions',
    'create rule r as on insert to t do (a; b); x',
    ['create rule r as on insert to t do (a; b)', 'x'],
  ],
  [
    'bodies of SQL-standard functions',
    'create function f() begin atomic select case when a then 1 end; select 2; end; select 3',
    ['create function f() begin atomic select case when a then 1 end; select 2; end', 'select 3'],
  ],
  ['a quote that never ends', `select 'a; select 2`, [`select 'a; select 2`]],
  ['a comment that never ends', 'select 1 /* ; ', ['select 1']],
])('statements are told apart by %s', (_, text, statements) => {
  expect(cut(text)).toEqual(statements)
})

test('a statement is known by its first two words', () => {
  expect(listStatements('/* x */ START transaction read only')[0]?.words).toEqual(['start', 'transaction'])
})
