import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'
import { parseDotenv } from '../../src/config/dotenv.ts'
import { readSettings } from '../../src/config/read-settings.ts'
import { settingTable } from '../../src/config/setting-table.ts'
import { failureOf } from '../support/failure-of.ts'
import { tempFolder } from '../support/temp-folder.ts'

const text = readFileSync(packagePath('config', 'supabase.example.env'), 'utf8')

test('the example names every setting, each with a comment', () => {
  // Known only in order to be refused.
  const named = Object.keys(settingTable).filter((name) => name !== 'SUPABASE_JWT_SECRET')
  expect(Object.keys(parseDotenv(text, 'example')).toSorted()).toEqual(named.toSorted())
  for (const block of text.trim().split('\n\n')) expect(block).toMatch(/^# /)
})

test('the example is refused as long as it is not filled in', async () => {
  const cwd = tempFolder({ '.env': text, 'package.json': '{}' })
  expect(await failureOf(() => readSettings({ cwd, environment: {} }))).toMatchObject({
    code: 'SETTING_INVALID',
    message: 'DATABASE_URL (.env) is still the text of a sample',
  })
})

test('each secret of the example is refused as long as it is not filled in', async () => {
  const secrets = text
    .split('\n')
    .filter((line) =>
      /^(JWT_SECRET|FLOWS_(?:NEW_)?MASTER_KEY|SUPABASE_[A-Z_]+KEY|ALERT_WEBHOOK_SECRET|ALERT_SLACK_URL)=/.test(
        line,
      ),
    )
  const cwd = tempFolder({ '.env': secrets.join('\n'), 'package.json': '{}' })
  const settings = readSettings({ cwd, environment: {} })
  for (const read of [
    () => settings.masterKey,
    () => settings.newMasterKey,
    () => settings.supabaseAnonKey,
    () => settings.supabaseServiceRoleKey,
    () => settings.alertWebhookSecret,
    () => settings.alertSlackUrl,
  ]) {
    expect((await failureOf(read)).code).toBe('SECRET_WEAK')
  }
})

test('the example filled in is accepted', () => {
  const filled = text
    .replace(
      /((?:JWT|WEBHOOK)_SECRET|FLOWS_(?:NEW_)?MASTER_KEY|SUPABASE_[A-Z_]+KEY)=.*/g,
      '$1=q2V7xkJ4mZr9tLw1sYb6Nc3uHd8Pf5GaAbCdEfGhIjk=',
    )
    .replace(/<password>|<user>/g, 'pw7Kd')
    .replace(/<project[ -]ref>/g, 'abcdefgh')
    .replace('<mailbox, such as setup>', 'setup')
    .replace(/<domain of the mailbox>|<host>/g, 'mail.thepia.net')
  const cwd = tempFolder({ '.env': filled, 'package.json': '{}' })
  const settings = readSettings({ cwd, environment: {} })
  expect(settings).toMatchObject({
    databaseUrl: 'postgres://postgres:pw7Kd@db.abcdefgh.supabase.co:5432/postgres',
    setupEmailPrefix: 'setup',
    smtpUrl: 'smtps://pw7Kd:pw7Kd@mail.thepia.net:465',
    storageBucketPrefix: 'flows',
  })
  expect(settings.jwtSecret).toBe('q2V7xkJ4mZr9tLw1sYb6Nc3uHd8Pf5GaAbCdEfGhIjk=')
  expect(settings.masterKey).toHaveLength(32)
})
