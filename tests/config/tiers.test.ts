import { expect, test } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'
import { parseTiers, readTiers } from '../../src/config/tiers.ts'
import { failureOf } from '../support/failure-of.ts'
import { tempFolder } from '../support/temp-folder.ts'

const small = '{"small":{"maxUsers":5,"storageGB":0.5,"features":["invitations"]}}'

test('the tiers that ship are free and pro', () => {
  expect(readTiers(packagePath())).toEqual({
    free: { maxUsers: 100, storageGB: 1, features: ['basic-auth', 'invitations'] },
    pro: { maxUsers: 1000, storageGB: 10, features: ['basic-auth', 'invitations', 'analytics', 'sso'] },
  })
})

test("a project's own tiers take the place of those that ship", () => {
  const folder = tempFolder({ 'config/client-tiers.json': small })
  expect(readTiers(folder)).toEqual({ small: { maxUsers: 5, storageGB: 0.5, features: ['invitations'] } })
})

test('a project without tiers of its own has those that ship', () => {
  expect(Object.keys(readTiers(tempFolder()))).toEqual(['free', 'pro'])
})

test.each([
  ['no JSON', 'tiers', 'is not JSON'],
  ['a tier without limits', '{"free":{}}', ': free.maxUsers must be a whole number'],
  ['no users', '{"free":{"maxUsers":0,"storageGB":1,"features":[]}}', ': free.maxUsers must be at least 1'],
  ['no storage', '{"free":{"maxUsers":1,"storageGB":0,"features":[]}}', ': free.storageGB must be above 0'],
  [
    'a limit that does not exist',
    '{"free":{"maxUsers":1,"storageGB":1,"features":[],"maxApps":1}}',
    ': there is no setting free.maxApps',
  ],
  [
    'a name in capitals',
    '{"Free":{"maxUsers":1,"storageGB":1,"features":[]}}',
    ': the whole must name its tiers with 1 to 50 lower-case letters, digits and single dashes',
  ],
])('a file of tiers with %s is refused, with the place', async (_, text, complaint) => {
  expect(await failureOf(() => parseTiers(text, 'client-tiers.json'))).toMatchObject({
    code: 'TIERS_INVALID',
    message: `client-tiers.json${complaint.startsWith(':') ? '' : ' '}${complaint}`,
  })
})
