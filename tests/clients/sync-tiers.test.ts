import { expect, test } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'
import { syncTiers } from '../../src/clients/sync-tiers.ts'
import { readTiers } from '../../src/config/tiers.ts'
import { sql } from '../../src/database/sql.ts'
import { addMembers, newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'

const { staff } = await testDatabase()

function tierNamed(tier: string) {
  return staff.maybe(sql`select * from flows.client_tiers where tier = ${tier}`)
}

test('the tiers that ship are those that the migrations make', async () => {
  expect(await syncTiers(staff, readTiers(packagePath()))).toEqual([])
})

test('a new tier is added, a changed one changed, and 1 GB is 1024^3 bytes', async () => {
  const team = { maxUsers: 10, storageGB: 2, features: ['sso'] }
  expect(await syncTiers(staff, { team })).toEqual(['team'])
  expect(await tierNamed('team')).toEqual({
    tier: 'team',
    maxUsers: 10,
    storageBytes: 2_147_483_648,
    features: ['sso'],
    invitationsPerHour: 20_000,
    usageDays: 400,
    invitationDays: 365,
    auditDays: 1_095,
  })
  expect(await syncTiers(staff, { team })).toEqual([])
  expect(await syncTiers(staff, { team: { ...team, invitationsPerHour: 50 } })).toEqual(['team'])
  expect(await tierNamed('team')).toMatchObject({ invitationsPerHour: 50 })
  expect(await syncTiers(staff, { team: { ...team, usageDays: 30 } })).toEqual(['team'])
  expect(await tierNamed('team')).toMatchObject({ usageDays: 30 })
  expect(await syncTiers(staff, { team: { ...team, invitationDays: 90, auditDays: 365 } })).toEqual(['team'])
  expect(await tierNamed('team')).toMatchObject({ usageDays: 400, invitationDays: 90, auditDays: 365 })
  expect(await syncTiers(staff, { team: { ...team, features: [] } })).toEqual(['team'])
})

test('a tier that is no longer configured stays', async () => {
  await syncTiers(staff, { passing: { maxUsers: 1, storageGB: 1, features: [] } })
  await syncTiers(staff, {})
  expect(await tierNamed('passing')).toMatchObject({ maxUsers: 1 })
})

test('a limit below what a client uses is refused with the figures, and no tier changes', async () => {
  const team = { maxUsers: 5, storageGB: 1, features: [] }
  await syncTiers(staff, { used: team, idle: team })
  const client = await newClient(staff, { tier: 'used' })
  await addMembers(staff, client, 3)
  const lower = { ...team, maxUsers: 2 }
  expect(await failureOf(syncTiers(staff, { idle: lower, used: lower }))).toMatchObject({
    code: 'CLIENT_OVER_LIMIT',
    message: `Client ${client.clientCode} uses 3 of 2 members and 0 of 1073741824 bytes: the new limits are below what is in use`,
  })
  expect(await tierNamed('idle')).toMatchObject({ maxUsers: 5 })
  expect(await syncTiers(staff, { used: { ...team, maxUsers: 3 } })).toEqual(['used'])
})
