import { randomBytes } from 'node:crypto'
import { connect } from '../connect.ts'
import type { Connection, Database } from '../database.ts'
import { migrateUp } from '../migrate/migrate-up.ts'
import { bootstrapPlatform } from '../platform/bootstrap.ts'
import { identifier, sql } from '../sql.ts'
import { ensureEmbedded } from './ensure-embedded.ts'

/** Where the embedded server is, and by which migrations a database is made. */
export type ScratchPlace = Readonly<{ embeddedFolder: string; migrationsFolder: string }>

const prefix = 'flows_scratch_'

/**
 * Lends work a database of the embedded server that is migrated, empty and gone afterwards, as the migrating role.
 * What a killed run left behind is dropped first.
 */
export async function withScratchDatabase<Result>(
  { embeddedFolder, migrationsFolder }: ScratchPlace,
  work: (owner: Connection) => Promise<Result>,
): Promise<Result> {
  const { adminUrl, url } = await ensureEmbedded({ folder: embeddedFolder })
  const name = `${prefix}${randomBytes(6).toString('hex')}`
  return using(adminUrl, (admin) =>
    admin.session(async (session) => {
      await claim(session, name)
      await dropAbandoned(session)
      await session.run(sql`create database ${identifier(name)} template template0 owner postgres`)
      try {
        await using(onDatabase(adminUrl, name), (superuser) =>
          bootstrapPlatform(superuser, { migratingRole: 'postgres' }),
        )
        return await using(onDatabase(url, name), async (owner) => {
          await migrateUp(owner, migrationsFolder)
          return work(owner)
        })
      } finally {
        await drop(session, name)
      }
    }),
  )
}

/** Holds a name for as long as the session lasts; false if somebody else does. */
async function claim(session: Database, name: string): Promise<boolean> {
  const { claimed } = await session.one<{ claimed: boolean }>(sql`
    select pg_try_advisory_lock(hashtextextended(${name}, 0)) as claimed`)
  return claimed
}

async function dropAbandoned(session: Database): Promise<void> {
  const left = await session.many<{ name: string }>(sql`
    select datname::text as name from pg_database where starts_with(datname::text, ${prefix})`)
  for (const { name } of left) if (await claim(session, name)) await drop(session, name)
}

async function drop(session: Database, name: string): Promise<void> {
  await session.run(sql`drop database if exists ${identifier(name)} with (force)`)
}

async function using<Result>(url: string, work: (db: Connection) => Promise<Result>): Promise<Result> {
  const connection = await connect(url)
  try {
    return await work(connection)
  } finally {
    await connection.close()
  }
}

function onDatabase(address: string, name: string): string {
  const url = new URL(address)
  url.pathname = `/${name}`
  return url.href
}
