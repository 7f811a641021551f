import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { FlowsError } from '../../base/errors.ts'
import { type Account, canEnter, chooseAccount, ownerOf } from './account.ts'
import { giveAll } from './owned-files.ts'
import type { ServerRecord } from './record.ts'

/** Where the files of a server are. */
export type Home = { home: string; dataFolder: string; logFile: string }

/** That, and the account it runs under. */
export type Place = Home & { account: Account | undefined }

/** The places of a server: in its folder, or where the record says, unless that is of the project this one was copied from. */
export function homeOf(folder: string, record: ServerRecord | undefined): Home {
  checkNotCopied(folder, record)
  return placesIn(record?.home ?? folder)
}

function placesIn(home: string): Home {
  return { home, dataFolder: join(home, 'data'), logFile: join(home, 'server.log') }
}

/**
 * Makes the place for a server and the account it runs under. As root the server is another user, who may be
 * unable to enter the folder (a project below /root): then its files are in /var/lib/flows-db.
 */
export function settle(folder: string, record: ServerRecord | undefined): Place {
  const account = chooseAccount(folder, homeOf(folder, record).dataFolder)
  if (account === undefined) return { ...homeOf(folder, record), account }
  openTo(folder)
  if (record?.home === undefined && canEnter(folder, account)) return { ...homeOf(folder, record), account }
  const home = record?.home ?? join('/var/lib/flows-db', shortHash(folder))
  mkdirSync(home, { recursive: true })
  openTo(dirname(home))
  openTo(home)
  return { ...placesIn(home), account }
}

/** Makes a server's folder, closed to others; the folders above it, if missing too, are open as usual. */
export function makeFolder(folder: string): void {
  mkdirSync(dirname(folder), { recursive: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
}

/** Others may pass through to the data, which is closed to them, but not look round. */
function openTo(folder: string): void {
  if (statSync(folder).uid === 0) chmodSync(folder, 0o711)
}

/** What root wrote into an ordinary user's folder becomes that user's, whose own commands go on with it. */
export function handOver(folder: string): void {
  const owner = process.getuid?.() === 0 ? ownerOf(folder) : undefined
  for (const name of ['server.json', 'server.log', 'lib']) {
    if (existsSync(join(folder, name))) giveAll(join(folder, name), owner)
  }
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function checkNotCopied(folder: string, record: ServerRecord | undefined): void {
  if (record?.home === undefined || record.folder === folder) return
  if (!existsSync(join(record.folder, 'server.json'))) return
  throw new FlowsError(
    'EMBEDDED_DATA_FOREIGN',
    `${folder} is a copy: its data in ${record.home} belongs to ${record.folder}`,
    {
      hint: `Delete ${join(folder, 'server.json')} to begin with a new database here.`,
    },
  )
}
