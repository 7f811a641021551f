import { resolve } from 'node:path'
import { createBackup } from '../backup/create-backup.ts'
import { parseDuration } from '../base/duration.ts'
import type { Client } from '../clients/client.ts'
import { findClient } from '../clients/find-client.ts'
import { tokenAuthority } from '../invitations/token/authority.ts'
import { clearErased, type Remains } from '../privacy/clear-erased.ts'
import { type ClientErasure, eraseClient } from '../privacy/erase-client.ts'
import type { ErasureReason } from '../privacy/erasure-reason.ts'
import { storedViews } from '../privacy/stored-views.ts'
import { connectStorage, type StorageApi } from '../storage/storage-api.ts'
import { keepingCertificate, refuseTaken } from './certificate-file.ts'
import type { Session, Style } from './command.ts'
import { goneBy, sayRemains } from './erase-invitation-in.ts'
import { readPassphrase } from './passphrase-input.ts'
import { version } from './version.ts'

/** What the flags say about erasing a client. */
export type ClientErasureFlags = {
  readonly client: string
  readonly reason: ErasureReason
  readonly confirm: string | undefined
  readonly 'backups-kept': string | undefined
  readonly 'no-backup': boolean
  readonly to: string | undefined
  readonly 'passphrase-file': string | undefined
  readonly recipient: readonly string[]
  readonly certificate: string | undefined
}

/** What became of the client, the backup that was made before, and where bytes may still lie. */
export type ErasedClient = ClientErasure & {
  backup: string | null
  certificateFile: string | null
  remains: Remains
  goneBy: Date | null
}

/** Erases a client, after its code was typed or given and a backup without keys was made. */
export async function eraseClientIn(session: Session, flags: ClientErasureFlags): Promise<ErasedClient> {
  const { client: clientCode, reason, confirm } = flags
  const kept = flags['backups-kept'] === undefined ? undefined : parseDuration(flags['backups-kept'])
  if (flags.certificate !== undefined) refuseTaken(resolve(flags.certificate))
  // As staff first, which refuses a database that does not fit this program.
  const client = await findClient(await session.database(), clientCode)
  if (!session.dryRun) {
    await session.confirm(clientCode, confirm, `Client ${clientCode} would be erased, for ever.`)
  }
  const owner = await session.owner()
  let stands = 'nothing was erased'
  session.ifInterrupted(() => stands)
  const erase = async () => {
    const backup = client === undefined || session.dryRun ? null : await backUp(session, flags)
    if (backup !== null) stands = `nothing was erased; as it is: ${backup}`
    const erased = await eraseClient(owner, clientCode, {
      reason,
      authority: tokenAuthority(session.settings),
      storage: await storageOf(session),
      dryRun: session.dryRun,
      progress: session.progress,
      onErased: () => {
        stands = `client ${clientCode} IS erased; finish it with: privacy:erase --client ${clientCode}`
      },
    })
    return { ...erased, backup }
  }
  const { erased, certificateFile } =
    flags.certificate === undefined || session.dryRun
      ? { erased: await erase(), certificateFile: null }
      : await keepingCertificate(resolve(flags.certificate), clientCode, erase)
  const remains = session.dryRun
    ? []
    : [
        ...(await storedViews(owner)),
        ...(await clearErased(owner)),
        ...remainsOf(erased, await findClient(owner, clientCode)),
      ]
  return {
    ...erased,
    certificateFile,
    remains,
    goneBy: goneBy(new Date(erased.certificate.erasedAt), kept),
  }
}

/** Without keys, also where the settings would allow them: the backup gives rows back and opens nothing. */
async function backUp(session: Session, flags: ClientErasureFlags): Promise<string | null> {
  if (flags['no-backup']) return null
  const passphrase = await readPassphrase(session, flags['passphrase-file'])
  const { file } = await createBackup(await session.owner(), flags.client, {
    program: version(),
    folder: resolve(flags.to ?? '.'),
    passphrase,
    ...(flags.recipient.length === 0 ? {} : { recipients: flags.recipient }),
    withKeys: false,
    progress: session.progress,
  })
  return file
}

/** Behind an embedded server is no Storage API, whatever the settings say of another project's. */
async function storageOf({ settings }: Session): Promise<StorageApi | undefined> {
  const { databaseUrl, supabaseUrl } = settings
  return databaseUrl === undefined || supabaseUrl === undefined ? undefined : connectStorage(settings)
}

function remainsOf({ certificate, accounts }: ClientErasure, present: Client | undefined): Remains {
  const { clientCode, clientId, completedAt } = certificate
  return [
    {
      place: 'data files, as dead rows of the erased tables',
      until: 'VACUUM has freed them and others are in their place',
    },
    ...(present?.id === clientId
      ? [
          {
            place: 'the client itself: a restore brought it back before its erasure was complete',
            until: `it is erased anew, if that is meant: privacy:erase --client ${clientCode}`,
          },
        ]
      : completedAt === null
        ? [
            {
              place:
                'the database: a transaction that is older than the erasure may still write, or files wait for the Storage API',
              until: `this has run again: privacy:erase --client ${clientCode}`,
            },
          ]
        : []),
    ...(accounts === null || accounts === 0
      ? []
      : [
          {
            place: `${accounts} accounts that belong to no other client, where people sign in`,
            until: 'they are deleted there; flows-db keeps none',
          },
        ]),
  ]
}

/** Tells of an erased client. */
export function sayErasedClient(result: ErasedClient, style: Style): string {
  const { certificate, wasErased, backup, certificateFile } = result
  const { clientCode, rows, tables, keysDestroyed, files, lateRows, trail, digest, erasedAt } = certificate
  const full = tables.filter((table) => table.rows > 0)
  return [
    wasErased
      ? `Client ${clientCode} was erased on ${erasedAt.slice(0, 10)}; nothing of it is left.`
      : `Client ${clientCode} is erased: ${rows} rows of ${full.length} tables, ${keysDestroyed} keys, ${files?.objects ?? 0} files.`,
    '',
    style.table([['TABLE', 'ROWS'], ...full.map((table) => [table.table, String(table.rows)])]),
    '',
    `digest ${digest}`,
    ...(lateRows === 0 ? [] : [`${lateRows} rows were still written meanwhile and are gone, too.`]),
    `The audit trail stays: ${trail.events} events, each for ${trail.days} days. The code stays reserved.`,
    ...(backup === null ? [] : [`As it was before, without keys: ${backup}`]),
    ...(certificateFile === null ? [] : [`The certificate: ${certificateFile}`]),
    ...sayRemains(result.remains, result.goneBy, style),
  ].join('\n')
}
