import { hkdfSync } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSettings } from '../../src/config/read-settings.ts'
import { runMany } from '../support/run-many.ts'
import { tempFolder } from '../support/temp-folder.ts'

const databaseUrl = 'postgres://postgres@localhost/flows'
const secret = 'q8Jm2vYt0cWz5nRk7uXb3gHs9dLf1pAe'

function hosted(environment: Readonly<Record<string, string>>) {
  return readSettings({ cwd: tempFolder(), environment: { DATABASE_URL: databaseUrl, ...environment } })
}

test('outside the embedded default a missing JWT_SECRET is refused only when it is needed', () => {
  const settings = hosted({})
  expect(settings.jwtIssuer).toBe('api.thepia.com')
  const missing = expect.objectContaining({
    code: 'SETTING_MISSING',
    message:
      "JWT_SECRET is not set: it signs invitations and, without FLOWS_MASTER_KEY, wraps the clients' keys",
  })
  expect(() => settings.jwtSecret).toThrow(missing)
  expect(() => settings.masterKey).toThrow(missing)
})

test.each([
  ['your-jwt-secret-key-of-at-least-32-bytes', 'JWT_SECRET is still the text of a sample'],
  ['changeme-changeme-changeme-changeme', 'JWT_SECRET is still the text of a sample'],
  ['super-secret-jwt-token-with-at-least-32-characters-long', 'JWT_SECRET is still the text of a sample'],
  ['q8Jm2vYt0cWz5nRk7uXb3gHs9dLf1pA', 'JWT_SECRET has only 31 bytes; it needs 32 or more'],
  ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'JWT_SECRET repeats too few characters'],
  ['0123456789ab0123456789ab0123456789ab', 'JWT_SECRET repeats itself'],
])('outside the embedded default a weak JWT_SECRET is refused: %s', (JWT_SECRET, message) => {
  const settings = hosted({ JWT_SECRET })
  expect(() => settings.jwtSecret).toThrow(expect.objectContaining({ code: 'SECRET_WEAK', message }))
  expect(() => settings.masterKey).toThrow(expect.objectContaining({ code: 'SECRET_WEAK', message }))
})

test("the Supabase project's own JWT secret is refused", () => {
  expect(() => hosted({ JWT_SECRET: secret, SUPABASE_JWT_SECRET: secret }).jwtSecret).toThrow(
    expect.objectContaining({
      code: 'SECRET_WEAK',
      message: "JWT_SECRET is the Supabase project's own JWT secret",
    }),
  )
})

test('the master key is derived from JWT_SECRET under its own label', () => {
  const expected = Buffer.from(hkdfSync('sha256', secret, '', 'flows-db/v1|master', 32))
  expect(hosted({ JWT_SECRET: secret }).masterKey).toEqual(expected)
})

test.each(['hex', 'base64'] as const)('FLOWS_MASTER_KEY is taken in %s', (encoding) => {
  const key = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7))
  expect(hosted({ FLOWS_MASTER_KEY: key.toString(encoding) }).masterKey).toEqual(key)
})

test.each([
  ['c2hvcnQ=', 'SETTING_INVALID', 'FLOWS_MASTER_KEY must be 32 bytes in base64 or hex'],
  [`${'A'.repeat(43)}=`, 'SECRET_WEAK', 'FLOWS_MASTER_KEY repeats too few bytes'],
  ['your-master-key', 'SECRET_WEAK', 'FLOWS_MASTER_KEY is still the text of a sample'],
])('a bad FLOWS_MASTER_KEY is refused: %s', (FLOWS_MASTER_KEY, code, message) => {
  const settings = hosted({ FLOWS_MASTER_KEY })
  expect(() => settings.masterKey).toThrow(expect.objectContaining({ code, message }))
})

test('a sample service key does not block what needs none', () => {
  const settings = hosted({ SUPABASE_SERVICE_ROLE_KEY: 'your-service-role-key' })
  expect(settings.databaseUrl).toBe(databaseUrl)
  expect(() => settings.supabaseServiceRoleKey).toThrow(
    expect.objectContaining({
      code: 'SECRET_WEAK',
      message: 'SUPABASE_SERVICE_ROLE_KEY is still the text of a sample',
    }),
  )
})

test('the embedded default makes its secrets once and keeps them for its owner only', () => {
  const cwd = tempFolder({ 'package.json': '{}' })
  const first = readSettings({ cwd, environment: {} })
  expect(readdirSync(cwd)).toEqual(['package.json'])
  const { jwtSecret, masterKey } = first
  expect(masterKey).toHaveLength(32)
  expect(Buffer.from(jwtSecret, 'base64')).toHaveLength(32)
  expect(Buffer.from(jwtSecret, 'base64')).not.toEqual(masterKey)
  expect(statSync(join(cwd, '.flows-db/secrets.json')).mode & 0o777).toBe(0o600)
  const second = readSettings({ cwd, environment: {} })
  expect([second.jwtSecret, second.masterKey]).toEqual([jwtSecret, masterKey])
  expect(readdirSync(join(cwd, '.flows-db'))).toEqual(['secrets.json'])
})

test('a JWT_SECRET set later leaves the master key of the embedded default as it was', () => {
  const cwd = tempFolder({ 'package.json': '{}' })
  const { masterKey } = readSettings({ cwd, environment: {} })
  const later = readSettings({ cwd, environment: { JWT_SECRET: secret } })
  expect(later.jwtSecret).toBe(secret)
  expect(later.masterKey).toEqual(masterKey)
})

test('several commands at once agree on the secrets they make', async () => {
  const folder = tempFolder()
  const module = new URL('../../src/config/generated-secrets.ts', import.meta.url).href
  const program = `
    const { generatedSecrets } = await import(${JSON.stringify(module)})
    const folders = Array.from({ length: 500 }, (_, index) => ${JSON.stringify(folder)} + '/' + index)
    process.stdout.write(folders.map((path) => generatedSecrets(path).jwtSecret).join(' '))`
  const outputs = await runMany(4, ['--import', 'tsx', '--input-type=module', '--eval', program])
  const [first = ''] = outputs
  expect(new Set(first.split(' ')).size).toBe(500)
  expect(outputs).toEqual([first, first, first, first])
  expect(readdirSync(join(folder, '0'))).toEqual(['secrets.json'])
})

test('a damaged secrets file is named and never replaced', () => {
  const cwd = tempFolder({ 'package.json': '{}', '.flows-db/secrets.json': '{"jwtSecret":' })
  const path = join(cwd, '.flows-db/secrets.json')
  expect(() => readSettings({ cwd, environment: {} }).jwtSecret).toThrow(
    expect.objectContaining({
      code: 'FILE_UNREADABLE',
      message: `The secrets of the embedded server cannot be read: ${path}`,
    }),
  )
  expect(readFileSync(path, 'utf8')).toBe('{"jwtSecret":')
  writeFileSync(path, '{"jwtSecret":"a","masterKey":"b","extra":1}')
  expect(() => readSettings({ cwd, environment: {} }).masterKey).toThrow(
    expect.objectContaining({ code: 'FILE_UNREADABLE' }),
  )
})
