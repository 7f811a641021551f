import { expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import type { IsolationReport } from '../../src/isolation/isolation-report.ts'
import { proveIsolation } from '../../src/isolation/prove-isolation.ts'
import type { ProveOptions } from '../../src/isolation/prove-options.ts'
import { testDatabase } from '../support/database.ts'
import { readCorpusFile } from './corpus.ts'
import { takingBack } from './plant.ts'

const { owner } = await testDatabase()

function proveForeign(file: string, options: ProveOptions, change = ''): Promise<IsolationReport> {
  return takingBack(owner, async (tx: Database) => {
    await tx.script(readCorpusFile(`foreign/${file}.sql`) + change)
    return proveIsolation(tx, options)
  })
}

function found({ leaks }: IsolationReport): string[] {
  return [...new Set(leaks.map(({ family, object }) => `${family} ${object}`))].sort()
}

test('accounts with a table of memberships and single-column keys are proved, with nothing said but the schema', async () => {
  const report = await proveForeign('accounts', { schemas: ['saas'] })
  expect({ verdict: report.verdict, leaks: report.leaks, unproven: report.unproven }).toEqual({
    verdict: 'isolated',
    leaks: [],
    unproven: [],
  })
  expect(report.controls.readable).toEqual([
    'saas.account_invitations',
    'saas.account_members',
    'saas.accounts',
    'saas.projects',
  ])
  expect(report.controls.writable).toContain('saas.projects')
})

test('a column and a table of memberships can be named', async () => {
  const membership = 'saas.account_members(user_id, account_id)'
  const report = await proveForeign('accounts', { schemas: ['saas'], tenantColumn: 'account_id', membership })
  expect(report.verdict).toBe('isolated')
})

test('an account that anyone can join is found, by making oneself a member', async () => {
  const report = await proveForeign(
    'accounts',
    { schemas: ['saas'] },
    `grant insert on saas.account_members to authenticated;
     create policy account_members_insert on saas.account_members for insert to authenticated
       with check (user_id = auth.uid());`,
  )
  expect(found(report)).toEqual(['insert saas.account_members'])
  expect(report.leaks[0]?.title).toBe('One can make oneself belong to another client in saas.account_members')
})

test('definer functions and views over closed tables are found, each by what it does', async () => {
  const report = await proveForeign('definers', { schemas: ['api'] })
  expect(found(report)).toEqual([
    'function api.get_client_by_code(text)',
    'function api.update_client_usage(uuid, integer)',
    'read api.active_invitations',
    'rule api.active_invitations',
    'rule api.get_client_by_code(text)',
    'rule api.update_client_usage(uuid, integer)',
  ])
})

test('a tenant told by a setting and keyed by a number is proved for the login that serves it', async () => {
  const report = await proveForeign('settings', { schemas: ['shop'], claim: 'setting:shop.tenant_id' })
  expect({ verdict: report.verdict, leaks: report.leaks, unproven: report.unproven }).toEqual({
    verdict: 'isolated',
    leaks: [],
    unproven: [],
  })
  expect(report.actors.map(({ name }) => name)).toContain('shop_server')
  expect(report.controls.readable).toEqual(['shop.orders', 'shop.tenants'])
})

test('where the client is told in a way that the prover does not know, silence is no proof', async () => {
  const report = await proveForeign(
    'settings',
    { schemas: ['shop'] },
    `alter policy tenants_own on shop.tenants using (id::text = current_setting('request.shop', true));
     alter policy orders_own on shop.orders using (tenant_id::text = current_setting('request.shop', true));`,
  )
  expect(report.verdict).toBe('unproven')
  expect(report.unproven.map(({ reason }) => reason)).toContain(
    'No client sees a row of its own in any table: say how the client is told with --claim or --membership',
  )
})
