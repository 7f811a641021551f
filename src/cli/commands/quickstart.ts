import { randomUUID } from 'node:crypto'
import { createInvitation } from '../../invitations/create-invitation.ts'
import { redeemInvitation } from '../../invitations/redeem-invitation.ts'
import { verifyToken } from '../../invitations/token/verify-token.ts'
import { validateInvitation } from '../../invitations/validate-invitation.ts'
import { proveIsolation } from '../../isolation/prove-isolation.ts'
import { command, type Style } from '../command.ts'
import { ensureDemoClients } from '../demo-clients.ts'
import { invitationKeys } from '../invitation-keys.ts'
import { type MemberView, viewAsMember } from '../member-view.ts'
import { requireEmbedded } from '../require-embedded.ts'
import { setUpDatabase } from '../set-up-database.ts'

const invitee = {
  fullName: 'Ada Lovelace',
  companyEmail: 'ada@acme-corp.example',
  privateEmail: 'ada@example.net',
}

/** Walks the main job through once, on the embedded server: from nothing to a redeemed invitation. */
export const quickstart = command({
  name: 'quickstart',
  about: 'See it all work: database, two clients, an invitation, and what one client sees of the other',
  details:
    'Works on the embedded database only, leaves its demonstration clients there and can be run again.',
  flags: {},
  examples: ['quickstart', 'quickstart --json'],
  run: async (session) => {
    const { settings, progress } = session
    requireEmbedded(settings)
    const { address, applied } = await setUpDatabase(session)
    const db = await session.database()
    const keys = invitationKeys(settings)
    const clients = await ensureDemoClients(db, settings)
    const { token, ...invitation } = await createInvitation(
      db,
      { clientCode: 'acme', appCode: 'offboarding', invitee, permissions: ['offboarding:read'] },
      keys,
    )
    const offline = verifyToken(token, keys.authority)
    const online = await validateInvitation(db, token, keys)
    const userId = randomUUID()
    const first = await redeemInvitation(db, token, { authority: keys.authority, userId })
    const second = await redeemInvitation(db, token, { authority: keys.authority, userId: randomUUID() })
    // The other client gets a member of its own, so that there is something that could be seen.
    const other = { clientCode: 'globex', appCode: 'offboarding', invitee }
    const issued = await createInvitation(db, other, keys)
    await redeemInvitation(db, issued.token, { authority: keys.authority, userId: randomUUID() })
    const view = await viewAsMember(session, userId, clients)
    progress('Attacking every table, view and function')
    const { verdict, attacks } = await proveIsolation(await session.owner(), { families: ['read'] })
    return {
      database: { address, migrationsApplied: applied.length },
      clients: clients.map(({ clientCode, tier, existed }) => ({ clientCode, tier, existed })),
      invitation: { invitationCode: invitation.invitationCode, expiresAt: invitation.expiresAt },
      validatedOffline: offline.valid,
      validatedOnline: online.valid,
      inviteeOpened: online.valid && 'invitee' in online,
      redeemed: first.redeemed,
      redeemedAgain: second.redeemed,
      isolation: view,
      proof: { verdict, attacks },
    }
  },
  say: (result, style) => {
    const { database, clients, invitation, isolation } = result
    const step = (done: boolean, text: string) => `${done ? style.green('ok') : style.red('NO')}  ${text}`
    return [
      step(
        true,
        `PostgreSQL 17 runs at ${database.address}; ${database.migrationsApplied} migrations applied now`,
      ),
      ...clients.map(({ clientCode, tier, existed }) =>
        step(
          true,
          `client ${clientCode} (${tier}) ${existed ? 'is there from before' : 'provisioned'}, with offboarding`,
        ),
      ),
      step(
        true,
        `invitation ${invitation.invitationCode} issued; its token exists only outside the database`,
      ),
      step(
        result.validatedOffline,
        'validated without the database: signature, audience, expiry, permissions',
      ),
      step(result.validatedOnline, 'validated with the database: pending, client active'),
      step(result.inviteeOpened, "name and addresses opened with the row's salt and the master key"),
      step(result.redeemed, 'redeemed: the person is a member of acme'),
      step(!result.redeemedAgain, 'a second redemption is refused'),
      '',
      ...sayView(isolation, style),
      step(
        result.proof.verdict === 'isolated',
        `${result.proof.attacks} attempts to read another client, as every role and with forged claims: ${result.proof.verdict}`,
      ),
      '',
      style.bold('Next'),
      '  pnpm run isolation:prove  (every attack there is, not only reading)',
      '  pnpm run client:status -- acme',
      '  pnpm run invitation:create -- --help',
      '  pnpm run audit:list -- --client acme',
      '  pnpm run db:status        (the address for psql and the Supabase CLI)',
      '  pnpm run db:stop          (the server stays up until you stop it)',
    ].join('\n')
  },
  exit: (result) =>
    result.validatedOffline &&
    result.validatedOnline &&
    result.inviteeOpened &&
    result.redeemed &&
    !result.redeemedAgain &&
    result.isolation.foreignRows === 0 &&
    result.proof.verdict === 'isolated'
      ? 0
      : 8,
})

function sayView({ tables, foreignRows }: MemberView, style: Style): string[] {
  const rows = (count: number | null) => (count === null ? 'closed' : String(count))
  const verdict =
    foreignRows === 0
      ? style.green(`A signed-in member of acme sees of globex: nothing, over all ${tables.length} tables.`)
      : style.red(`A signed-in member of acme sees of globex: ${foreignRows} rows. This must never happen.`)
  return [
    style.table([
      ['table', 'rows of acme it sees', 'rows of globex it sees', 'globex has'],
      ...tables.map(({ table, own, foreign, existing }) => [
        table,
        rows(own),
        rows(foreign),
        String(existing),
      ]),
    ]),
    '',
    verdict,
  ]
}
