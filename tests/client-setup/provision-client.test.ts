import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { appTemplates, readAppTemplate } from '../../src/applications/app-template.ts'
import { listApplications } from '../../src/applications/list-applications.ts'
import { provisionClient } from '../../src/applications/provision-client.ts'
import { packagePath } from '../../src/base/package-folder.ts'
import { parseClientConfig } from '../../src/clients/client-config.ts'
import { findClient } from '../../src/clients/find-client.ts'
import { createOptions } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'

const { staff } = await testDatabase()
const configText = readFileSync(packagePath('templates', 'client-config.json'), 'utf8')

test('the client of templates/client-config.json is created with its applications', async () => {
  const { applications = [], ...draft } = parseClientConfig(configText, 'client-config.json')
  const configs = await Promise.all(applications.map(readAppTemplate))
  const client = await provisionClient(staff, draft, configs, createOptions)
  expect(client).toMatchObject({
    ...draft,
    bucketId: `flows-${draft.clientCode}`,
    applications: ['offboarding'],
  })
  expect((await listApplications(staff, client.id)).map(({ appCode }) => appCode)).toEqual(['offboarding'])
})

test('nothing of a client is left if one of its applications cannot be installed', async () => {
  const [config] = await Promise.all(appTemplates.map(readAppTemplate))
  if (config === undefined) throw new Error('There is no template')
  const draft = { clientCode: 'twofold', legalName: 'Twofold', region: 'EU' }
  const attempt = provisionClient(staff, draft, [config, config], createOptions)
  expect(await failureOf(attempt)).toMatchObject({
    code: 'APPLICATION_INSTALLED',
    message: 'Client "twofold" has the application "offboarding" already',
  })
  expect(await findClient(staff, 'twofold')).toBeUndefined()
})

test.each([
  ['text that is no JSON', '{', 'client-config.json is not JSON'],
  ['a list', '[]', 'client-config.json: the whole must be an object'],
  ['a missing name', '{"clientCode":"acme","region":"EU"}', 'client-config.json: legalName must be a text'],
  [
    'a key that does not exist',
    '{"clientCode":"acme","legalName":"Acme","region":"EU","plan":"x"}',
    'client-config.json: there is no setting plan',
  ],
  [
    'a region that does not exist',
    '{"clientCode":"acme","legalName":"Acme","region":"eu"}',
    'client-config.json: region must be one of EU, US, APAC',
  ],
  [
    'a code in capitals',
    '{"clientCode":"Acme","legalName":"Acme","region":"EU"}',
    'client-config.json: clientCode must be lower-case letters, digits and single dashes',
  ],
  [
    'applications that are no list',
    '{"clientCode":"acme","legalName":"Acme","region":"EU","applications":"offboarding"}',
    'client-config.json: applications must be a list',
  ],
])('a client configuration with %s is refused, with the place', async (_, text, message) => {
  expect(await failureOf(() => parseClientConfig(text, 'client-config.json'))).toMatchObject({
    code: 'CLIENT_CONFIG_INVALID',
    message,
  })
})
