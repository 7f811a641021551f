import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { FlowsError } from '../../base/errors.ts'
import { type Account, canEnter, chooseAccount } from './account.ts'
import type { ServerRecord } from './record.ts'

/** Where the files of a server are. */
export type Home = { home: string; dataFolder: string; logFile: string }

/** That, and the account it runs under. */
export type Place = Home & { account: Account | undefined }

/** The places of a server that exists: in its folder, or where the record says. */
export function homeOf(folder: string, record: ServerRecord | undefined): Home {
  const home = record?.home ?? folder
  return { home, dataFolder: join(home, 'data'), logFile: join(home, 'server.log') }
}

/**
 * Makes the place for a server and the account it runs under. As root the server is another user, who may be
 * unable to enter the folder (a project below /root): then its files are in /var/lib/flows-db.
 */
export function settle(folder: string, record: ServerRecord | undefined): Place {
  checkNotCopied(folder, record)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const account = chooseAccount(homeOf(folder, record).dataFolder)
  if (account === undefined) return { ...homeOf(folder, record), account }
  openTo(folder)
  if (record?.home === undefined && canEnter(folder, account))
    return { ...homeOf(folder, undefined), account }
  const home =
    record?.home ?? join('/var/lib/flows-db', createHash('sha256').update(folder).digest('hex').slice(0, 16))
  mkdirSync(home, { recursive: true })
  openTo(dirname(home))
  openTo(home)
  return { home, dataFolder: join(home, 'data'), logFile: join(home, 'server.log'), account }
}

/** Others may pass through to the data, which is closed to them, but not look round. */
function openTo(folder: string): void {
  if (statSync(folder).uid === 0) chmodSync(folder, 0o711)
}

function checkNotCopied(folder: string, record: ServerRecord | undefined): void {
  if (
    record?.home === undefined ||
    record.folder === folder ||
    !existsSync(join(record.folder, 'server.json'))
  )
    return
  throw new FlowsError(
    'EMBEDDED_DATA_FOREIGN',
    `${folder} is a copy: its data in ${record.home} belongs to ${record.folder}`,
    {
      hint: `Delete ${join(folder, 'server.json')} to begin with a new database here.`,
    },
  )
}
