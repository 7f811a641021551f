import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { actAs, actAsClient } from '../../src/database/act-as.ts'
import { connect } from '../../src/database/connect.ts'
import type { Connection, Database } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'
import { testDatabase } from '../support/database.ts'

const { url, authenticatorUrl, owner } = await testDatabase()
const clientId = randomUUID()

beforeAll(async () => {
  await owner.run(sql`
    insert into flows.clients (id, client_code, legal_name, region) values (${clientId}, 'acme', 'Acme', 'EU')`)
})

type Caller = { caller: string; client: string | null; readOnly: string }

function whoCalls(db: Database): Promise<Caller> {
  return db.one<Caller>(sql`
    select current_user::text as caller, flows.current_client_id()::text as client,
      current_setting('transaction_read_only') as read_only`)
}

async function using(open: Promise<Connection>, work: (db: Connection) => Promise<void>): Promise<void> {
  const db = await open
  try {
    await work(db)
  } finally {
    await db.close()
  }
}

describe.each([{ prepare: false }, { prepare: true }])(
  'on a connection with prepare: $prepare',
  (options) => {
    test('a client is who it is for one transaction, and nobody afterwards', () =>
      using(connect(url, { ...options, role: 'flows_staff' }), async (db) => {
        const inside = { caller: 'authenticated', client: clientId, readOnly: 'off' }
        expect(await actAsClient(db, clientId, whoCalls)).toEqual(inside)
        expect(await whoCalls(db)).toEqual({ caller: 'flows_staff', client: null, readOnly: 'off' })
        expect(await actAsClient(db, clientId, whoCalls)).toEqual(inside)
      }))

    test('no work is done for a client that does not exist, and the connection goes on', () =>
      using(connect(url, { ...options, role: 'flows_staff' }), async (db) => {
        let worked = false
        const work = async () => {
          worked = true
        }
        await expect(actAsClient(db, randomUUID(), work)).rejects.toMatchObject({
          code: 'CLIENT_INACTIVE',
          message: 'There is no active client with this id',
        })
        expect(worked).toBe(false)
        expect(await whoCalls(db)).toMatchObject({ caller: 'flows_staff', client: null })
      }))

    test('a reader is held to reading, and the next caller on its connection is not', () =>
      using(connect(authenticatorUrl, options), async (db) => {
        const reader = {
          role: 'authenticated',
          claims: { app_metadata: { client_id: clientId } },
          readOnly: true,
        }
        expect(await actAs(db, reader, whoCalls)).toEqual({
          caller: 'authenticated',
          client: clientId,
          readOnly: 'on',
        })
        const writing = actAs(db, reader, (tx) => tx.script('create temporary table notes ()'))
        await expect(writing).rejects.toMatchObject({ code: '25006' })
        expect(await actAs(db, { role: 'anon' }, whoCalls)).toEqual({
          caller: 'anon',
          client: null,
          readOnly: 'off',
        })
      }))

    test('a role that the login may not become is refused before any work', () =>
      using(connect(authenticatorUrl, options), async (db) => {
        const refused = actAs(db, { role: 'flows_staff' }, whoCalls)
        await expect(refused).rejects.toMatchObject({ code: 'DATABASE_PERMISSION_DENIED' })
        expect(await actAs(db, { role: 'anon' }, whoCalls)).toMatchObject({ caller: 'anon' })
      }))

    test('inside a transaction a client is entered behind a savepoint', () =>
      using(connect(url, { ...options, role: 'flows_staff' }), async (db) => {
        await db.transaction(async (tx) => {
          await expect(actAsClient(tx, randomUUID(), whoCalls)).rejects.toMatchObject({
            code: 'CLIENT_INACTIVE',
          })
          expect(await actAsClient(tx, clientId, whoCalls)).toMatchObject({
            caller: 'authenticated',
            client: clientId,
          })
        })
      }))
  },
)
