import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import type { Client } from '../../src/clients/client.ts'
import { syncTiers } from '../../src/clients/sync-tiers.ts'
import { connect } from '../../src/database/connect.ts'
import { sql } from '../../src/database/sql.ts'
import { redeemInvitation } from '../../src/invitations/redeem-invitation.ts'
import { resendInvitation } from '../../src/invitations/resend-invitation.ts'
import { revokeInvitation } from '../../src/invitations/revoke-invitation.ts'
import { applyRetention } from '../../src/privacy/apply-retention.ts'
import { eraseClient } from '../../src/privacy/erase-client.ts'
import { invite, newClient } from '../invitations/client.ts'
import { authority, keys } from '../invitations/forge.ts'
import { digestOf } from '../rls/digest.ts'
import { testDatabase } from '../support/database.ts'

const { owner, url } = await testDatabase()
const limits = { maxUsers: 10, storageGB: 1, features: [] }
await syncTiers(owner, {
  brief: { ...limits, invitationDays: 30, usageDays: 30, auditDays: 90 },
  long: { ...limits, invitationDays: 3_000, usageDays: 3_000, auditDays: 3_000 },
})

/** Lets everything that there is of a client be so many days older. */
async function age({ id }: Client, days: number): Promise<void> {
  await owner.transaction(async (tx) => {
    await tx.run(sql`set local session_replication_role = replica`)
    await tx.run(sql`
      update flows.invitations
      set created_at = created_at - make_interval(days => ${days}),
        updated_at = updated_at - make_interval(days => ${days}),
        expires_at = expires_at - make_interval(days => ${days}),
        revoked_at = revoked_at - make_interval(days => ${days})
      where client_id = ${id}`)
    await tx.run(sql`
      update flows.audit_events set created_at = created_at - make_interval(days => ${days})
      where client_id = ${id}`)
  })
}

function codesOf({ id }: Client): Promise<string[]> {
  return owner
    .many<{ code: string }>(sql`
      select invitation_code as code from flows.invitations where client_id = ${id} order by created_at`)
    .then((rows) => rows.map(({ code }) => code))
}

async function eventsOf(id: string): Promise<{ verb: string; details: Record<string, unknown> }[]> {
  return owner.many(sql`
    select verb, details from flows.audit_events where client_id = ${id} order by created_at, id`)
}

test('invitations go so many days after their end, with their secrets and redemptions; others stay', async () => {
  const client = await newClient(owner, { tier: 'brief' })
  const redeemed = await invite(owner, client)
  await redeemInvitation(owner, redeemed.token, { authority: keys.authority, userId: randomUUID() })
  const revoked = await invite(owner, client)
  await revokeInvitation(owner, revoked.id)
  await invite(owner, client)
  await age(client, 45)
  const open = await invite(owner, client)
  const fresh = await invite(owner, client)
  await revokeInvitation(owner, fresh.id)

  const { clients } = await applyRetention(owner, { clientCode: client.clientCode })
  expect(clients).toEqual([{ clientCode: client.clientCode, invitations: 3, usage: 0, events: 0 }])
  expect(await codesOf(client)).toEqual([open.invitationCode, fresh.invitationCode])
  const { left } = await owner.one<{ left: number }>(sql`
    select (select count(*) from flows_private.invitation_secrets where client_id = ${client.id})
      + (select count(*) from flows.invitation_redemptions where client_id = ${client.id}) as left`)
  expect(left).toBe(2)
  expect((await eventsOf(client.id)).at(-1)).toEqual({
    verb: 'erase',
    details: { reason: 'retention', invitations: 3, usage: 0, events: 0 },
  })
  expect((await eventsOf(client.id)).filter(({ verb }) => verb === 'delete')).toEqual([])
})

test('a second run finds nothing to do and leaves no event', async () => {
  const client = await newClient(owner, { tier: 'brief' })
  await revokeInvitation(owner, (await invite(owner, client)).id)
  await age(client, 45)
  await applyRetention(owner)
  const before = await digestOf(owner, client.id)
  expect(await applyRetention(owner)).toEqual({ clients: [], months: [], otherEvents: 0 })
  expect(await digestOf(owner, client.id)).toEqual(before)
})

test('what is over in a tier that keeps it longer stays', async () => {
  const client = await newClient(owner, { tier: 'long' })
  await revokeInvitation(owner, (await invite(owner, client)).id)
  await age(client, 400)
  const before = await digestOf(owner, client.id)
  await applyRetention(owner)
  expect(await digestOf(owner, client.id)).toEqual(before)
})

test('an invitation that one which stays was superseded by stays with it, in whatever batches', async () => {
  const client = await newClient(owner, { tier: 'brief' })
  const first = await invite(owner, client)
  const second = await resendInvitation(owner, first.id, { token: first.token }, keys)
  await revokeInvitation(owner, second.id)
  await age(client, 45)
  await owner.run(sql`
    update flows.invitations set opened_at = now() where client_id = ${client.id} and id = ${first.id}`)
  await applyRetention(owner, { batch: 1 })
  expect(await codesOf(client)).toHaveLength(2)
  await age(client, 45)
  const { clients } = await applyRetention(owner, { batch: 1 })
  expect(clients.find(({ clientCode }) => clientCode === client.clientCode)?.invitations).toBe(2)
  expect(await codesOf(client)).toEqual([])
})

test('an invitation that a project’s own rows refer to stays', async () => {
  await owner.script(`
    create table public.welcomes (client_id uuid, invitation_id uuid,
      foreign key (client_id, invitation_id) references flows.invitations (client_id, id))`)
  onTestFinished(() => owner.script('drop table public.welcomes'))
  const client = await newClient(owner, { tier: 'brief' })
  const [kept, gone] = [await invite(owner, client), await invite(owner, client)]
  await owner.run(sql`insert into public.welcomes values (${client.id}, ${kept.id})`)
  for (const { id } of [kept, gone]) await revokeInvitation(owner, id)
  await age(client, 45)
  await applyRetention(owner)
  expect(await codesOf(client)).toEqual([kept.invitationCode])
})

test('an invitation whose redemption or secret a project’s own rows refer to stays, with both', async () => {
  await owner.script(`
    create table public.visits (client_id uuid, redemption_id uuid,
      foreign key (client_id, redemption_id) references flows.invitation_redemptions (client_id, id));
    create table public.letters (client_id uuid, invitation_id uuid,
      foreign key (client_id, invitation_id) references flows_private.invitation_secrets (client_id, invitation_id))`)
  onTestFinished(() => owner.script('drop table public.visits, public.letters'))
  const client = await newClient(owner, { tier: 'brief' })
  const [visited, sent, gone] = [
    await invite(owner, client),
    await invite(owner, client),
    await invite(owner, client),
  ]
  for (const { token } of [visited, sent, gone]) {
    await redeemInvitation(owner, token, { authority: keys.authority, userId: randomUUID() })
  }
  await owner.run(sql`
    insert into public.visits
    select client_id, id from flows.invitation_redemptions
    where client_id = ${client.id} and invitation_id = ${visited.id}`)
  await owner.run(sql`insert into public.letters values (${client.id}, ${sent.id})`)
  await age(client, 45)
  const { clients } = await applyRetention(owner, { clientCode: client.clientCode })
  expect(clients).toMatchObject([{ invitations: 1 }])
  expect(await codesOf(client)).toEqual([visited.invitationCode, sent.invitationCode])
  const { left } = await owner.one<{ left: number }>(sql`
    select (select count(*) from flows_private.invitation_secrets where client_id = ${client.id})
      + (select count(*) from flows.invitation_redemptions where client_id = ${client.id}) as left`)
  expect(left).toBe(4)
})

test('a redemption that is referred to while retention looks at it stays', async () => {
  await owner.script(`
    create table public.visits (client_id uuid, redemption_id uuid,
      foreign key (client_id, redemption_id) references flows.invitation_redemptions (client_id, id))`)
  onTestFinished(() => owner.script('drop table public.visits'))
  const client = await newClient(owner, { tier: 'brief' })
  const { token, invitationCode } = await invite(owner, client)
  await redeemInvitation(owner, token, { authority: keys.authority, userId: randomUUID() })
  await age(client, 45)
  const visitor = await connect(url)
  onTestFinished(() => visitor.close())
  let retaining: ReturnType<typeof applyRetention> | undefined
  await visitor.transaction(async (tx) => {
    await tx.run(sql`
      insert into public.visits select client_id, id from flows.invitation_redemptions where client_id = ${client.id}`)
    retaining = applyRetention(owner, { clientCode: client.clientCode })
    await expect
      .poll(
        () =>
          tx.one(sql`
            select count(*) > 0 as waits from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`),
        { timeout: 10_000 },
      )
      .toEqual({ waits: true })
  })
  expect(await retaining).toMatchObject({ clients: [] })
  expect(await codesOf(client)).toEqual([invitationCode])
})

test('the trail ends client by client, and whole months go when nobody keeps them', async () => {
  const brief = await newClient(owner, { tier: 'brief' })
  const long = await newClient(owner, { tier: 'long' })
  await owner.script(`
    create table flows_private.audit_events_2015_03 partition of flows.audit_events
      for values from ('2015-03-01 00:00:00+00') to ('2015-04-01 00:00:00+00');
    create table flows_private.audit_events_2024_03 partition of flows.audit_events
      for values from ('2024-03-01 00:00:00+00') to ('2024-04-01 00:00:00+00')`)
  const event = (id: string, moment: string) =>
    owner.run(sql`
      insert into flows.audit_events (client_id, created_at, actor, table_name, row_id, verb)
      values (${id}, ${moment}, 'test', 'clients', '1', 'update')`)
  for (const { id } of [brief, long]) {
    await event(id, '2015-03-05')
    await event(id, '2024-03-05')
  }
  await event('00000000-0000-0000-0000-000000000000', '2012-01-01')
  const dry = await applyRetention(owner, { dryRun: true })
  const wet = await applyRetention(owner)
  expect(dry).toEqual(wet)
  expect(wet).toMatchObject({ months: [{ name: 'audit_events_2015_03', events: 2 }], otherEvents: 1 })
  expect(wet.clients.filter(({ events }) => events > 0)).toEqual([
    { clientCode: brief.clientCode, invitations: 0, usage: 0, events: 1 },
  ])
  const { old } = await owner.one<{ old: number }>(sql`
    select count(*) as old from flows.audit_events where created_at < '2025-01-01'`)
  expect(old).toBe(1)
  expect((await eventsOf('00000000-0000-0000-0000-000000000000')).slice(-2)).toMatchObject([
    { verb: 'erase', details: { reason: 'retention', events: 2 } },
    { verb: 'erase', details: { reason: 'retention', events: 1 } },
  ])
})

test('the trail of an erased client ends by the period that its tier had', async () => {
  const client = await newClient(owner, { tier: 'brief' })
  await eraseClient(owner, client.clientCode, { authority })
  await age(client, 80)
  await applyRetention(owner)
  expect((await eventsOf(client.id)).length).toBeGreaterThan(3)
  await age(client, 20)
  const { otherEvents } = await applyRetention(owner)
  expect(otherEvents).toBeGreaterThan(3)
  expect(await eventsOf(client.id)).toEqual([])
})

test('usage goes after the days that the tier keeps it', async () => {
  const client = await newClient(owner, { tier: 'brief' })
  await owner.run(sql`
    insert into flows.client_snapshots (client_id, day, active_members, inactive_members, object_count, object_bytes)
    select ${client.id}, current_date - n, 0, 0, 0, 0 from unnest(array[1, 29, 31, 300]) n`)
  const { clients } = await applyRetention(owner, { clientCode: client.clientCode })
  expect(clients).toEqual([{ clientCode: client.clientCode, invitations: 0, usage: 2, events: 0 }])
})
