import { expect, test } from 'vitest'
import { actAs } from '../../src/database/act-as.ts'
import { connect } from '../../src/database/connect.ts'
import type { Database } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'
import { statementName } from '../../src/database/statement-name.ts'
import { testDatabase } from '../support/database.ts'

const { authenticatorUrl } = await testDatabase()

const add = (left: number, right: number) => sql`select ${left}::integer + ${right}::integer as sum`

function preparedNames(db: Database): Promise<{ name: string }[]> {
  return db.many(sql`select name from pg_prepared_statements where statement like '%as sum'`)
}

test('a connection that prepares keeps one statement on the server for all values', async () => {
  const db = await connect(authenticatorUrl, { prepare: true })
  try {
    expect(await db.one(add(1, 2))).toEqual({ sum: 3 })
    expect(await db.transaction((tx) => tx.one(add(3, 4)))).toEqual({ sum: 7 })
    expect(await actAs(db, { role: 'anon', readOnly: true }, (tx) => tx.one(add(5, 6)))).toEqual({ sum: 11 })
    expect(await preparedNames(db)).toEqual([{ name: statementName(add(0, 0).text) }])
  } finally {
    await db.close()
  }
})

test('a connection keeps nothing prepared unless asked to', async () => {
  const db = await connect(authenticatorUrl)
  try {
    expect(await db.one(add(1, 2))).toEqual({ sum: 3 })
    expect(await preparedNames(db)).toEqual([])
  } finally {
    await db.close()
  }
})

test('a statement that failed to be prepared can be run again once it is right', async () => {
  const db = await connect(authenticatorUrl, { prepare: true })
  const count = sql`select count(*) as rows from pg_temp.arriving`
  try {
    await expect(db.one(count)).rejects.toMatchObject({ code: 'MIGRATION_PENDING' })
    await db.script('create temporary table arriving ()')
    expect(await db.one(count)).toEqual({ rows: 0 })
  } finally {
    await db.close()
  }
})

test('other texts have other names, all short enough for PostgreSQL', () => {
  const names = ['select 1', 'select 2', 'select 1 '].map(statementName)
  expect(new Set(names).size).toBe(3)
  for (const name of names) expect(name).toMatch(/^flows_[0-9a-f]{24}$/)
})
