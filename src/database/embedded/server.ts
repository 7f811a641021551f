import { platformVersion } from '../platform/platform.ts'
import { homeOf } from './home.ts'
import { answers, mayServe, type Postmaster, readPostmaster } from './postmaster.ts'
import { readRecord, type ServerRecord } from './record.ts'

/** A running embedded server and its addresses, all with passwords. */
export type EmbeddedServer = {
  running: true
  /** For psql and the Supabase CLI, as the migrating role postgres. */
  url: string
  /** As PostgREST connects. */
  authenticatorUrl: string
  /** As the superuser supabase_admin. */
  adminUrl: string
  version: string
  dataFolder: string
  port: number
  /** Where its unix socket is; undefined on Windows. */
  socketFolder: string | undefined
}

/** An embedded server that runs, or one that does not (also before its first start). */
export type EmbeddedStatus = EmbeddedServer | { running: false; dataFolder: string }

/** Looks for a server that is up and bootstrapped: two small files, one process and one connection, about a millisecond. */
export async function findServer(folder: string): Promise<EmbeddedServer | undefined> {
  const record = readRecord(folder)
  if (record === undefined || record.platform !== platformVersion) return undefined
  const { dataFolder } = homeOf(folder, record)
  const postmaster = readPostmaster(dataFolder)
  if (postmaster?.ready !== true || !mayServe(postmaster, dataFolder)) return undefined
  return (await answers(postmaster.port)) ? describe(record, postmaster, dataFolder) : undefined
}

/** The addresses of a server, from what we keep and what it wrote itself. */
export function describe(record: ServerRecord, postmaster: Postmaster, dataFolder: string): EmbeddedServer {
  const { port, socketFolder } = postmaster
  // The server has no TLS: saying so spares psql the attempt and the Supabase CLI a warning.
  const address = (role: keyof ServerRecord['passwords']) =>
    `postgres://${role}:${record.passwords[role]}@127.0.0.1:${port}/postgres?sslmode=disable`
  return {
    running: true,
    url: address('postgres'),
    authenticatorUrl: address('authenticator'),
    adminUrl: address('supabase_admin'),
    version: record.version,
    dataFolder,
    port,
    socketFolder,
  }
}
