import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packagePath } from '../../src/base/package-folder.ts'
import { connect } from '../../src/database/connect.ts'
import type { Connection } from '../../src/database/database.ts'
import { ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'
import { resetEmbedded } from '../../src/database/embedded/reset-embedded.ts'
import { stopEmbedded } from '../../src/database/embedded/stop-embedded.ts'
import { migrateUp } from '../../src/database/migrate/migrate-up.ts'
import {
  copyDatabase,
  makeBypassRole,
  openInvitations,
  quietServer,
  seed,
  serverVersion,
} from './isolation.queries.ts'

/** One database, for the login that becomes staff (the library's own) and for that of the API. */
export type Addresses = { staff: string; api: string }

/** A server of our own in a folder that vanishes with it. */
export type Scratch = {
  postgres: string
  /** Makes a database with this many clients and invitations. */
  fill(clients: number, invitations: number): Promise<Addresses>
  close(): Promise<void>
}

/** Starts an embedded server that has only ever seen this benchmark, migrated and made quiet. */
export async function openScratch(): Promise<Scratch> {
  const folder = mkdtempSync(join(tmpdir(), 'flows-db-bench-'))
  const close = async () => {
    await resetEmbedded({ folder })
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const { url, adminUrl } = await ensureEmbedded({ folder })
    await within(adminUrl, quietServer)
    await within(adminUrl, makeBypassRole)
    await stopEmbedded({ folder })
    const { authenticatorUrl } = await ensureEmbedded({ folder })
    const postgres = await within(url, async (owner) => {
      await migrateUp(owner, packagePath('migrations'))
      return serverVersion(owner)
    })
    const fill = async (clients: number, invitations: number) => {
      const name = `clients_${clients}`
      await within(onDatabase(adminUrl, 'template1'), (admin) => copyDatabase(admin, 'postgres', name))
      await within(onDatabase(adminUrl, name), async (admin) => {
        await openInvitations(admin)
        await seed(admin, clients, invitations)
      })
      return { staff: onDatabase(url, name), api: onDatabase(authenticatorUrl, name) }
    }
    return { postgres, fill, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function within<Result>(url: string, work: (db: Connection) => Promise<Result>): Promise<Result> {
  const connection = await connect(url)
  try {
    return await work(connection)
  } finally {
    await connection.close()
  }
}

function onDatabase(url: string, name: string): string {
  const address = new URL(url)
  address.pathname = `/${name}`
  return address.href
}
