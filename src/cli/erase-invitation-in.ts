import { parseDuration } from '../base/duration.ts'
import { invitationNamed } from '../invitations/find-invitation.ts'
import { clearErased, type Remains } from '../privacy/clear-erased.ts'
import { type Erasure, eraseInvitation } from '../privacy/erase-invitation.ts'
import type { ErasureReason } from '../privacy/erasure-reason.ts'
import type { Session, Style } from './command.ts'

/** What the flags say about erasing an invitation. */
export type InvitationErasureFlags = {
  readonly invitation: string
  readonly client: string | undefined
  readonly reason: ErasureReason
  readonly confirm: string | undefined
  readonly 'backups-kept': string | undefined
}

/** An erasure with where bytes may still lie, and the day when the last backup is gone if that is known. */
export type ErasedInvitation = Erasure & { remains: Remains; goneBy: Date | null }

/** Erases the person in an invitation, after the code was typed or given. */
export async function eraseInvitationIn(
  session: Session,
  flags: InvitationErasureFlags,
): Promise<ErasedInvitation> {
  const { client: clientCode, reason, confirm, invitation: name } = flags
  const kept =
    flags['backups-kept'] === undefined ? undefined : parseDuration(flags['backups-kept'], 'backups-kept')
  const found = await invitationNamed(await session.database(), name, clientCode)
  const code = confirm === found.clientCode ? found.clientCode : found.invitationCode
  await session.confirm(code, confirm, `The person in invitation ${found.invitationCode} would be erased.`)
  const erasure = await session.change((tx) =>
    eraseInvitation(tx, found.id, { clientCode: found.clientCode, reason }),
  )
  const remains: Remains = session.dryRun ? [] : await clearErased(await session.owner())
  return { ...erasure, remains, goneBy: goneBy(erasure.erasedAt, kept) }
}

/** The day on which the last backup is gone; null where nobody said how long they are kept. */
export function goneBy(erasedAt: Date, keptSeconds: number | undefined): Date | null {
  return keptSeconds === undefined ? null : new Date(erasedAt.getTime() + keptSeconds * 1_000)
}

/** Where bytes may still lie and until when, as lines. */
export function sayRemains(remains: Remains, gone: Date | null, style: Style): string[] {
  return [
    ...(remains.length === 0
      ? []
      : [
          '',
          'The keys are destroyed. Dead bytes may still lie in:',
          style.table([['WHERE', 'UNTIL'], ...remains.map(({ place, until }) => [place, until])]),
        ]),
    gone === null
      ? 'By when all of it is gone depends on how long backups are kept: say so with --backups-kept.'
      : `All of it is gone by ${gone.toISOString().slice(0, 10)}.`,
  ]
}

/** Tells of an erased invitation. */
export function sayErasedInvitation(result: ErasedInvitation, style: Style): string {
  const codes = result.invitations.map(({ invitationCode }) => invitationCode).join(', ')
  return [
    `Erased: ${codes} of ${result.clientCode}. Nothing opens the name and addresses any more.`,
    ...sayRemains(result.remains, result.goneBy, style),
  ].join('\n')
}
