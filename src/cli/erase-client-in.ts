import { resolve } from 'node:path'
import { findErasedClient } from '../audit/list-audit-events.ts'
import { createBackup } from '../backup/create-backup.ts'
import { parseDuration } from '../base/duration.ts'
import { FlowsError } from '../base/errors.ts'
import { sayCount } from '../base/say-count.ts'
import type { Client } from '../clients/client.ts'
import { clientByCode, findClient } from '../clients/find-client.ts'
import { tokenAuthority } from '../invitations/token/authority.ts'
import { clearErased, type Remains } from '../privacy/clear-erased.ts'
import { type ClientErasure, eraseClient } from '../privacy/erase-client.ts'
import type { ErasureReason } from '../privacy/erasure-reason.ts'
import { storedViews } from '../privacy/stored-views.ts'
import { connectStorage, type StorageApi } from '../storage/storage-api.ts'
import { keepingCertificate, refuseTaken } from './certificate-file.ts'
import type { How, Session, Style } from './command.ts'
import { goneBy, sayRemains } from './erase-invitation-in.ts'
import { readPassphrase } from './passphrase-input.ts'
import { pathOf } from './path-flag.ts'
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
  const kept =
    flags['backups-kept'] === undefined ? undefined : parseDuration(flags['backups-kept'], 'backups-kept')
  refuseContradictions(flags)
  const certificatePath = pathOf('certificate', flags.certificate)
  if (certificatePath !== undefined) refuseTaken(certificatePath)
  // As staff first, which refuses a database that does not fit this program.
  const staff = await session.database()
  const client = await findClient(staff, clientCode)
  const wasErased = client === undefined && (await findErasedClient(staff, clientCode)) !== undefined
  if (client === undefined && !wasErased) await clientByCode(staff, clientCode)
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
    certificatePath === undefined || session.dryRun
      ? { erased: await erase(), certificateFile: null }
      : await keepingCertificate(certificatePath, clientCode, erase)
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

function refuseContradictions(flags: ClientErasureFlags): void {
  const { recipient } = flags
  pathOf('to', flags.to)
  const ofBackup = [flags.to, flags['passphrase-file'], ...recipient]
  if (flags['no-backup'] && ofBackup.some((value) => value !== undefined)) {
    throw new FlowsError(
      'USAGE',
      '--no-backup makes none: --to, --passphrase-file and --recipient are for one',
      {
        hint: 'Leave out --no-backup, or the others.',
      },
    )
  }
  if (recipient.length > 0 && flags['passphrase-file'] !== undefined) {
    throw new FlowsError('USAGE', 'A backup is sealed by a passphrase or for recipients, not by both', {
      hint: 'Give either --passphrase-file or --recipient.',
    })
  }
}

/** Without keys, also where the settings would allow them: the backup gives rows back and opens nothing. */
async function backUp(session: Session, flags: ClientErasureFlags): Promise<string | null> {
  if (flags['no-backup']) return null
  const passphrase = await readPassphrase(session, flags['passphrase-file'])
  const { file } = await createBackup(await session.owner(), flags.client, {
    program: version(),
    folder: pathOf('to', flags.to) ?? resolve('.'),
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
            place: `${sayCount(accounts, 'account')} that belong${accounts === 1 ? 's' : ''} to no other client, where people sign in`,
            until: 'they are deleted there; flows-db keeps none',
          },
        ]),
  ]
}

/** Tells of an erased client, or of one that would be. */
export function sayErasedClient(result: ErasedClient, style: Style, { dryRun }: How): string {
  const { certificate, wasErased, backup, certificateFile } = result
  const { id, clientCode, rows, tables, keysDestroyed, files, lateRows, trail, digest, erasedAt } =
    certificate
  const full = tables.filter((table) => table.rows > 0)
  const verb = wasErased ? `was erased on ${erasedAt.slice(0, 10)}` : dryRun ? 'would be erased' : 'is erased'
  const counts = [
    `${sayCount(rows, 'row')} of ${sayCount(full.length, 'table')}`,
    sayCount(keysDestroyed, 'key'),
    sayCount(files?.objects ?? 0, 'file'),
  ]
  return [
    `Client ${clientCode} ${verb}: ${counts.join(', ')}.`,
    '',
    style.table([['TABLE', 'ROWS'], ...full.map((table) => [table.table, String(table.rows)])]),
    '',
    ...(dryRun && !wasErased ? [] : [`certificate ${id} (whole with --json, or --certificate)`]),
    `digest ${digest}`,
    ...(lateRows === 0
      ? []
      : [
          `Gone, too: ${sayCount(lateRows, 'row')} that ${lateRows === 1 ? 'was' : 'were'} still written meanwhile.`,
        ]),
    `The audit trail stays: ${sayCount(trail.events, 'event')}, each for ${sayCount(trail.days, 'day')}. The code stays reserved.`,
    ...(backup === null ? [] : [`As it was before, without keys: ${backup}`]),
    ...(certificateFile === null ? [] : [`The certificate: ${certificateFile}`]),
    ...sayRemains(result.remains, result.goneBy, style),
  ].join('\n')
}
