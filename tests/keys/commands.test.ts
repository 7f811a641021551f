import { randomBytes } from 'node:crypto'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { type Ended, flowsDb } from '../support/flows-db.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { keyFile } from './key-file.ts'

const { url } = await testDatabase()
const secrets = { DATABASE_URL: url, JWT_SECRET: 'q8Jm2vYt0cWz5nRk7uXb3gHs9dLf1pAe' }
const [masterKey, newMasterKey] = [randomBytes(32).toString('base64'), randomBytes(32).toString('hex')]
const pem = keyFile('EdDSA')

function run(line: string, environment: Record<string, string> = {}, input = ''): Promise<Ended> {
  const cwd = tempFolder({ 'package.json': '{}', 'signing-key.pem': pem })
  const given = { ...secrets, FLOWS_MASTER_KEY: masterKey, ...environment }
  return flowsDb(line, { cwd, environment: given, input })
}

async function done(line: string, environment?: Record<string, string>, input?: string): Promise<string> {
  const { status, stdout, stderr } = await run(line, environment, input)
  expect({ line, status, stderr }).toMatchObject({ line, status: 0 })
  return stdout
}

async function refused(line: string, environment?: Record<string, string>): Promise<object> {
  const { status, stderr } = await run(`${line} --json`, environment)
  return { status, ...JSON.parse(stderr).error }
}

const withFile = { JWT_KEY_FILE: 'signing-key.pem' }
const invite = 'invitation:create --client acme --app offboarding --invitee ada@acme.example --json'

test('where only HS256 signs there is no public key, and that is said', async () => {
  await done('client:create --client-code acme --legal-name Acme --region EU --app offboarding')
  const { stdout, stderr, status } = await run('keys:export')
  expect({ status, keys: JSON.parse(stdout).keys }).toEqual({ status: 0, keys: [] })
  expect(stderr).toBe('warning There is no public key: tokens are signed with HS256 and JWT_SECRET\n')
})

test('a signing key is added, published, switched to, and verified by its public part alone', async () => {
  const { token: old } = JSON.parse(await done(invite))
  const jwks = JSON.parse(await done('keys:export --json', withFile))
  expect(jwks).toEqual({
    keys: [expect.objectContaining({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' })],
  })
  expect(await done('keys:rotate --signing', withFile)).toMatch(
    /^[\w-]{43} \(EdDSA\) signs from now on\. [\w-]{16} is retiring\.\n$/,
  )
  const { token } = JSON.parse(await done(invite, withFile))
  await jwtVerify(token, createLocalJWKSet(jwks), {
    issuer: 'api.thepia.com',
    audience: 'flows.thepia.net',
    typ: 'JWT',
  })
  for (const each of [old, token]) await done('invitation:validate --online', withFile, each)
  const withoutSecret = { ...withFile, JWT_SECRET: '' }
  await done('invitation:validate', withoutSecret, token)
  expect(JSON.parse(await done('keys:list --json', withFile))).toEqual([
    expect.objectContaining({ kind: 'signing', alg: 'EdDSA', state: 'active', held: 'private' }),
    expect.objectContaining({ kind: 'signing', alg: 'HS256', state: 'retiring', held: 'private' }),
    expect.objectContaining({
      kind: 'client',
      clientCode: 'acme',
      epoch: 1,
      alg: 'A256GCM',
      state: 'active',
    }),
  ])
})

test("a client's key is rotated, in words and as JSON, and not at all under --dry-run", async () => {
  const rotated = JSON.parse(await done('keys:rotate --client acme --dry-run --json'))
  expect(rotated).toEqual({
    dryRun: true,
    rotated: 'client',
    clientCode: 'acme',
    epoch: 2,
    previous: { epoch: 1, state: 'retiring' },
  })
  expect(await done('keys:rotate --client acme')).toBe(
    'New invitations of acme are sealed under epoch 2. Epoch 1 is retiring.\n',
  )
})

test('the master key is changed to the one in a file or in the environment, and the old one opens nothing', async () => {
  const { token } = JSON.parse(await done(invite, withFile))
  expect(await done('keys:rotate --master --new-master-file -', {}, `${newMasterKey}\n`)).toMatch(
    /^\d client keys are wrapped under the new master key\.\nSet FLOWS_MASTER_KEY to it now, /,
  )
  const changed = { ...withFile, FLOWS_MASTER_KEY: newMasterKey }
  expect(JSON.parse(await done('invitation:validate --online --json', changed, token))).toMatchObject({
    valid: true,
    invitee: { companyEmail: 'ada@acme.example' },
  })
  expect(
    await refused('keys:rotate --master', { FLOWS_NEW_MASTER_KEY: randomBytes(32).toString('hex') }),
  ).toMatchObject({
    status: 4,
    code: 'KEY_UNWRAP_FAILED',
  })
  const back = { FLOWS_MASTER_KEY: newMasterKey, FLOWS_NEW_MASTER_KEY: masterKey }
  expect(JSON.parse(await done('keys:rotate --master --json', back))).toMatchObject({ rotated: 'master' })
})

test.each([
  ['keys:rotate', 2, 'USAGE'],
  ['keys:rotate --client acme --master', 2, 'USAGE'],
  ['keys:rotate --master --revoke', 2, 'USAGE'],
  ['keys:rotate --client acme --to nobody', 2, 'USAGE'],
  ['keys:rotate --master', 2, 'SETTING_MISSING'],
  ['keys:rotate --client nobody', 3, 'CLIENT_NOT_FOUND'],
  ['keys:rotate --signing --to nobody', 3, 'KEY_UNKNOWN'],
])('%s is refused with status %i', async (line, status, code) => {
  expect(await refused(line)).toMatchObject({
    status,
    code,
    message: expect.any(String),
    hint: expect.any(String),
  })
})

test('a key file that is missing or holds no key is named', async () => {
  expect(await refused('keys:list', { JWT_KEY_FILE: 'nowhere.pem' })).toMatchObject({
    status: 2,
    code: 'FILE_UNREADABLE',
    message: 'The file of JWT_KEY_FILE cannot be read: nowhere.pem',
  })
  expect(await refused('keys:list', { JWT_KEY_FILE: 'package.json' })).toMatchObject({
    status: 2,
    code: 'KEY_FILE_INVALID',
  })
})
