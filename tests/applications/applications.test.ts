import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseAppConfig } from '../../src/applications/app-config.ts'
import { appTemplates, readAppTemplate } from '../../src/applications/app-template.ts'
import { applicationByCode } from '../../src/applications/find-application.ts'
import { installApplication } from '../../src/applications/install-application.ts'
import { listApplications } from '../../src/applications/list-applications.ts'
import { removeApplication } from '../../src/applications/remove-application.ts'
import { updateApplication } from '../../src/applications/update-application.ts'
import { packagePath } from '../../src/base/package-folder.ts'
import { actAs } from '../../src/database/act-as.ts'
import { sql } from '../../src/database/sql.ts'
import { memberClaims, newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'

const { staff, owner, authenticator } = await testDatabase()
const offboarding = await readAppTemplate('offboarding')

test.each(appTemplates)('the built-in application %s can be installed as it ships', async (appCode) => {
  const config = await readAppTemplate(appCode)
  const client = await newClient(staff)
  const { clientCode } = client
  const installed = await installApplication(staff, client, config)
  expect(installed).toEqual({ ...config, id: expect.any(String), clientCode, createdAt: expect.any(Date) })
  expect(await applicationByCode(staff, client.id, appCode)).toEqual(installed)
})

test('templates/app-config.json is the application offboarding, with permissions and branding', () => {
  const text = readFileSync(packagePath('templates', 'app-config.json'), 'utf8')
  const config = parseAppConfig(text, 'app-config.json')
  expect(config).toEqual(offboarding)
  expect(config.permissions).toContain('offboarding:read')
  expect(config.settings).toHaveProperty('branding.primaryColor')
})

test('an application that is no built-in one is told with those that are', async () => {
  expect(await failureOf(readAppTemplate('payroll'))).toEqual({
    code: 'APPLICATION_NOT_FOUND',
    message: 'There is no built-in application "payroll"',
    hint: 'Built in: offboarding, onboarding. Any other: app:install --client <code> --config <file>',
  })
})

test('an application is installed once', async () => {
  const client = await newClient(staff)
  await installApplication(staff, client, offboarding)
  expect(await failureOf(installApplication(staff, client, offboarding))).toEqual({
    code: 'APPLICATION_INSTALLED',
    message: `Client "${client.clientCode}" has the application "offboarding" already`,
    hint: `Change it with: app:update --client ${client.clientCode} --app offboarding`,
  })
})

test('an application that is not installed is told with those that are', async () => {
  const client = await newClient(staff)
  await expect(applicationByCode(staff, client.id, 'offboarding')).rejects.toMatchObject({
    code: 'APPLICATION_NOT_FOUND',
  })
  expect(await failureOf(applicationByCode(staff, client.id, 'payroll'))).toMatchObject({
    code: 'APPLICATION_NOT_FOUND',
    message: 'The client has no application "payroll"',
    hint: 'It has none yet; install one with: app:install --client <code> --app payroll',
  })
  await installApplication(staff, client, offboarding)
  expect(await failureOf(applicationByCode(staff, client.id, 'payroll'))).toMatchObject({
    hint: 'It has: offboarding. Install another with: app:install',
  })
})

test('what is given of an application changes, and what is left out stays', async () => {
  const client = await newClient(staff)
  const before = await installApplication(staff, client, offboarding)
  const changes = { permissions: ['documents:read'], settings: { locale: 'da' } }
  const after = await updateApplication(staff, client.id, 'offboarding', changes)
  expect(after).toEqual({ ...before, ...changes })
  expect(await updateApplication(staff, client.id, 'offboarding', { appName: 'Leaving' })).toEqual({
    ...after,
    appName: 'Leaving',
  })
  expect((await failureOf(updateApplication(staff, client.id, 'payroll', changes))).code).toBe(
    'APPLICATION_NOT_FOUND',
  )
})

test('an application can be removed, and installed again', async () => {
  const client = await newClient(staff)
  const installed = await installApplication(staff, client, offboarding)
  expect(await removeApplication(staff, client.id, 'offboarding')).toEqual(installed)
  expect(await listApplications(staff, client.id)).toEqual([])
  await installApplication(staff, client, offboarding)
})

test('an application with invitations stays, told with how many there are and how many are open', async () => {
  const client = await newClient(staff)
  const { id } = await installApplication(staff, client, offboarding)
  await owner.run(sql`
    insert into flows.invitations (client_id, app_id, invitation_code, status, key_epoch, expires_at)
    values (${client.id}, ${id}, 'a', 'pending', 1, now() + interval '1 day'),
      (${client.id}, ${id}, 'b', 'pending', 1, now() - interval '1 day'),
      (${client.id}, ${id}, 'c', 'redeemed', 1, now() + interval '1 day')`)
  expect(await failureOf(removeApplication(staff, client.id, 'offboarding'))).toMatchObject({
    code: 'APPLICATION_IN_USE',
    message: `The application "offboarding" of client "${client.clientCode}" has 3 invitations, 1 of them open`,
  })
  expect(await applicationByCode(staff, client.id, 'offboarding')).toMatchObject({ id })
})

test("an admin of a client changes its application's settings, a member does not, and nobody its permissions", async () => {
  const client = await newClient(staff)
  await installApplication(staff, client, offboarding)
  const change = (role: 'admin' | 'member', column: 'settings' | 'permissions') =>
    actAs(authenticator, { role: 'authenticated', claims: memberClaims(client, role) }, (tx) =>
      column === 'settings'
        ? tx.run(sql`update flows.client_applications set settings = '{"locale": "da"}' where true`)
        : tx.run(sql`update flows.client_applications set permissions = '{everything}' where true`),
    )
  expect(await change('member', 'settings')).toBe(0)
  expect(await change('admin', 'settings')).toBe(1)
  await expect(change('admin', 'permissions')).rejects.toMatchObject({ code: 'DATABASE_PERMISSION_DENIED' })
  expect(await applicationByCode(staff, client.id, 'offboarding')).toMatchObject({
    settings: { locale: 'da' },
  })
})

test.each([
  ['no JSON', 'offboarding', 'app.json is not JSON'],
  ['no permissions', { permissions: undefined }, 'app.json: permissions must be a list'],
  [
    'a permission with a blank',
    { permissions: ['read all'] },
    'app.json: permissions.0 must be a name such as documents:read',
  ],
  [
    'a permission twice',
    { permissions: ['a:b', 'a:b'] },
    'app.json: permissions must name each permission once',
  ],
  [
    'a code in capitals',
    { appCode: 'Offboarding' },
    'app.json: appCode must be lower-case letters, digits and single dashes',
  ],
  ['an empty name', { appName: '' }, 'app.json: appName must have printable characters only'],
  ['settings that are a list', { settings: [] }, 'app.json: settings must be an object'],
  [
    'a colour that is none',
    { settings: { branding: { primaryColor: 'blue' } } },
    'app.json: settings.branding.primaryColor must be a colour such as #1f3a5f',
  ],
  [
    'branding that does not exist',
    { settings: { branding: { font: 'x' } } },
    'app.json: there is no setting settings.branding.font',
  ],
  ['a key that does not exist', { plan: 'x' }, 'app.json: there is no setting plan'],
])('a configuration with %s is refused, with the place', async (_, fault, message) => {
  const text = typeof fault === 'string' ? fault : JSON.stringify({ ...offboarding, ...fault })
  expect(await failureOf(() => parseAppConfig(text, 'app.json'))).toMatchObject({
    code: 'APPLICATION_CONFIG_INVALID',
    message,
  })
})
