import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSettings } from '../../src/config/read-settings.ts'
import { tempFolder } from '../support/temp-folder.ts'

const secret = 'q8Jm2vYt0cWz5nRk7uXb3gHs9dLf1pAe'

test('nothing given means the embedded server and the defaults', () => {
  const cwd = tempFolder({ 'package.json': '{}' })
  expect(readSettings({ cwd, environment: {} })).toMatchObject({
    projectFolder: cwd,
    databaseUrl: undefined,
    embeddedFolder: join(cwd, '.flows-db'),
    jwtIssuer: 'api.thepia.com',
    jwtAudience: 'flows.thepia.net',
    storageBucketPrefix: 'flows',
    setupEmailDomain: undefined,
    smtpUrl: undefined,
  })
})

test('the first of --dotenv, environment, .env and flows-db.config.json wins, and its origin is told', () => {
  const cwd = tempFolder({
    'named.env': 'JWT_ISSUER=flag',
    '.env': 'JWT_ISSUER=dotenv\nJWT_AUDIENCE=dotenv\nSETUP_EMAIL_PREFIX=dotenv',
    'flows-db.config.json':
      '{"jwtIssuer":"file","jwtAudience":"file","setupEmailPrefix":"file","setupEmailDomain":"file.test"}',
  })
  const environment = { JWT_ISSUER: 'environment', JWT_AUDIENCE: 'environment' }
  const settings = readSettings({ cwd, environment, dotenv: 'named.env' })
  expect(settings).toMatchObject({
    jwtIssuer: 'flag',
    jwtAudience: 'environment',
    setupEmailPrefix: 'dotenv',
    setupEmailDomain: 'file.test',
  })
  const origins = Object.fromEntries(settings.shown.map(({ name, origin }) => [name, origin]))
  expect(origins).toMatchObject({
    JWT_ISSUER: '--dotenv',
    JWT_AUDIENCE: 'environment',
    SETUP_EMAIL_PREFIX: '.env',
    SETUP_EMAIL_DOMAIN: 'flows-db.config.json',
    STORAGE_BUCKET_PREFIX: 'default',
    JWT_SECRET: 'generated',
    SMTP_URL: 'unset',
  })
})

test('an empty value counts as not given', () => {
  const cwd = tempFolder({ '.env': 'DATABASE_URL=\nJWT_ISSUER=me' })
  expect(readSettings({ cwd, environment: { DATABASE_URL: '', JWT_ISSUER: ' ' } })).toMatchObject({
    databaseUrl: undefined,
    jwtIssuer: 'me',
  })
})

test('the project is found from a folder inside it', () => {
  const project = tempFolder({ 'flows-db.config.json': '{"dbDir":"data/pg"}', 'a/b/c.txt': '' })
  expect(readSettings({ cwd: join(project, 'a/b'), environment: {} })).toMatchObject({
    projectFolder: project,
    embeddedFolder: join(project, 'data/pg'),
  })
})

test("the project's own migrations count only if they begin with ours", () => {
  const own = tempFolder({ 'package.json': '{}', 'migrations/001_initial_setup.sql': '' })
  const foreign = tempFolder({ 'package.json': '{}', 'migrations/20240101_users.sql': '' })
  expect(readSettings({ cwd: own, environment: {} }).migrationsFolder).toBe(join(own, 'migrations'))
  expect(readSettings({ cwd: foreign, environment: {} }).migrationsFolder).not.toBe(
    join(foreign, 'migrations'),
  )
})

test.each([
  ['DATABASE_URL', 'mysql://root@localhost/db', 'DATABASE_URL (environment) must be a postgres:// address'],
  ['DATABASE_URL', 'localhost:5432', 'DATABASE_URL (environment) must be a postgres:// address'],
  ['SUPABASE_URL', 'abc.supabase.co', 'SUPABASE_URL (environment) must be an https:// address'],
  ['SMTP_URL', 'mail.test', 'SMTP_URL (environment) must be an smtp:// or smtps:// address'],
  ['SETUP_EMAIL_DOMAIN', 'not a domain', 'SETUP_EMAIL_DOMAIN (environment) must be a domain name'],
  [
    'STORAGE_BUCKET_PREFIX',
    'Flows_Bucket',
    'STORAGE_BUCKET_PREFIX (environment) must be 1 to 12 lower-case letters, digits or single dashes',
  ],
  [
    'SUPABASE_URL',
    'https://your-project.supabase.co',
    'SUPABASE_URL (environment) is still the text of a sample',
  ],
  [
    'DATABASE_URL',
    'postgres://postgres:[YOUR-PASSWORD]@db.test:5432/postgres',
    'DATABASE_URL (environment) is still the text of a sample',
  ],
])('a malformed %s is refused: %s', (name, value, message) => {
  expect(() => readSettings({ cwd: tempFolder(), environment: { [name]: value } })).toThrow(
    expect.objectContaining({ code: 'SETTING_INVALID', message }),
  )
})

test.each([
  ['{"databaseURL":"x"}', /has keys that flows-db does not know: databaseURL$/],
  ['{"jwtIssuer":1}', /jwtIssuer has the wrong type$/],
  ['[]', /the whole has the wrong type$/],
  ['{', /is not JSON$/],
  ['{"jwtSecret":"abc"}', /holds a secret: jwtSecret$/],
  ['{"databaseUrl":"postgres://a:b@localhost/c"}', /holds a secret: databaseUrl$/],
])('a flows-db.config.json like %s is refused', (text, message) => {
  const cwd = tempFolder({ 'flows-db.config.json': text })
  expect(() => readSettings({ cwd, environment: {} })).toThrow(
    expect.objectContaining({ code: 'SETTING_INVALID', message: expect.stringMatching(message) }),
  )
})

test('the keys that flows-db.config.json may have are told, without those that are refused there', () => {
  const cwd = tempFolder({ 'flows-db.config.json': '{"databaseURL":"x"}' })
  const hint = expect.stringMatching(
    /^It may have, each a text: (?!.*(secret|masterKey|anonKey))databaseUrl, dbDir, /i,
  )
  expect(() => readSettings({ cwd, environment: {} })).toThrow(expect.objectContaining({ hint }))
})

test('a missing --dotenv is refused', () => {
  expect(() => readSettings({ cwd: tempFolder(), environment: {}, dotenv: 'no.env' })).toThrow(
    expect.objectContaining({
      code: 'FILE_UNREADABLE',
      message: expect.stringMatching(/^There is no file .*no\.env$/),
    }),
  )
})

test('no secret and no password is shown, printed or spread', () => {
  const environment = {
    DATABASE_URL: 'postgres://ann:h1dden@db.test:5432/flows',
    SMTP_URL: 'smtp://ann:h1dden@mail.test',
    JWT_SECRET: secret,
    SUPABASE_SERVICE_ROLE_KEY: 'h1dden-key',
  }
  const settings = readSettings({ cwd: tempFolder(), environment })
  expect(JSON.stringify(settings.shown)).not.toMatch(/h1dden|q8Jm2/)
  expect(settings.shown).toContainEqual({
    name: 'DATABASE_URL',
    value: 'postgres://ann:********@db.test:5432/flows',
    origin: 'environment',
  })
  expect(JSON.stringify(settings)).not.toContain(secret)
  expect({ ...settings }).not.toHaveProperty('jwtSecret')
  expect(settings.jwtSecret).toBe(secret)
})

test('settings cannot be changed', () => {
  const settings = readSettings({ cwd: tempFolder(), environment: {} })
  expect(() => Object.assign(settings, { jwtIssuer: 'other' })).toThrow(TypeError)
})
