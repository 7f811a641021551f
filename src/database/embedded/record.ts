import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FlowsError } from '../../base/errors.ts'

/** What is kept of an embedded server between commands, in server.json (mode 0600) of its folder. */
export type ServerRecord = {
  /** Where data, links and log are (absolute), if not in the folder itself. */
  home?: string
  /** The folder this was written for: tells a moved project from a copied one. */
  folder: string
  port: number
  /** Where its unix socket is, if not in "run" of its home. */
  socketFolder?: string
  /** Of the server's programs, such as "17.10"; empty before the first start. */
  version: string
  /** The version of the platform bootstrap that has run; 0 before. */
  platform: number
  passwords: { supabase_admin: string; postgres: string; authenticator: string }
}

/** A record for a server yet to be made, with passwords of 192 bits. */
export function newRecord(folder: string, port: number): ServerRecord {
  const password = () => randomBytes(24).toString('base64url')
  return {
    folder,
    port,
    version: '',
    platform: 0,
    passwords: { supabase_admin: password(), postgres: password(), authenticator: password() },
  }
}

/** Reads server.json; undefined if there is none, or none that can be read as one: it is then made anew. */
export function readRecord(folder: string): ServerRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'server.json'), 'utf8'))
  } catch (cause) {
    // A power failure can leave the file empty.
    if (cause instanceof SyntaxError) return undefined
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code === 'ENOTDIR') {
      throw new FlowsError('SETTING_INVALID', `FLOWS_DB_DIR (${folder}) lies below a file, not a folder`, {
        hint: 'Name a folder that exists or can be made.',
        cause,
      })
    }
    if (code !== 'EACCES' && code !== 'EPERM') throw cause
    throw new FlowsError(
      'EMBEDDED_DATA_FOREIGN',
      `The embedded server in ${folder} belongs to another user`,
      {
        hint: 'Run the command as that user, or set FLOWS_DB_DIR to a folder of your own.',
        cause,
      },
    )
  }
}

/** Writes server.json, whole or not at all. */
export function writeRecord(folder: string, record: ServerRecord): void {
  const draft = join(folder, 'server.json.new')
  writeFileSync(draft, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, join(folder, 'server.json'))
}
