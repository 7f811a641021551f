import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { restoreBackup } from '../../src/backup/restore-backup.ts'
import { findClient } from '../../src/clients/find-client.ts'
import { connect } from '../../src/database/connect.ts'
import { sql } from '../../src/database/sql.ts'
import { backUp, populatedClient, projectTable, settings } from '../backup/populated.ts'
import { jwtSecret, masterKey } from '../invitations/forge.ts'
import { testDatabase } from '../support/database.ts'
import { flowsDb } from '../support/flows-db.ts'
import { tempFolder } from '../support/temp-folder.ts'

const { owner, url } = await testDatabase()
await owner.script(projectTable)
const environment = {
  JWT_SECRET: jwtSecret,
  FLOWS_MASTER_KEY: masterKey.toString('base64'),
  DATABASE_URL: url,
}
const run = (line: string, cwd = tempFolder()) => flowsDb(line, { cwd, environment })

test('privacy:erase of a client wants its code, keeps a backup and a certificate, and says what stays', async () => {
  const { clientCode, id } = await populatedClient(owner)
  const cwd = tempFolder()
  const unconfirmed = await run(`privacy:erase --client ${clientCode} --json`, cwd)
  expect({ status: unconfirmed.status, error: JSON.parse(unconfirmed.stderr).error.code }).toEqual({
    status: 4,
    error: 'CONFIRMATION_REQUIRED',
  })
  const dry = await run(`privacy:erase --client ${clientCode} --dry-run --json`, cwd)
  expect({ status: dry.status, files: readdirSync(cwd) }).toEqual({ status: 0, files: [] })
  const line = `privacy:erase --client ${clientCode} --confirm ${clientCode} --certificate c.json --backups-kept 30d --json`
  const { status, stdout, stderr } = await run(line, cwd)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const result = JSON.parse(stdout)
  expect(result).toMatchObject({ wasErased: false, accounts: 2, certificate: { clientCode, clientId: id } })
  expect(result.remains.length).toBeGreaterThan(3)
  expect(Date.parse(result.goneBy) - Date.parse(result.certificate.erasedAt)).toBe(30 * 86_400_000)
  expect(JSON.parse(readFileSync(join(cwd, 'c.json'), 'utf8'))).toEqual(result.certificate)

  const backup = readFileSync(result.backup, 'utf8')
  expect(JSON.parse((/^-- header (.*)$/m.exec(backup) ?? [])[1] ?? '')).toMatchObject({
    clientCode,
    withKeys: false,
  })
  const refused = await run(`backup:restore ${result.backup} --json`, cwd)
  expect({ status: refused.status, code: JSON.parse(refused.stderr).error.code }).toEqual({
    status: 4,
    code: 'BACKUP_CLIENT_ERASED',
  })
  const taken = await run(`client:create --client-code ${clientCode} --legal-name Other --region EU`, cwd)
  expect({ status: taken.status, hint: taken.stderr.includes('--reuse-code') }).toEqual({
    status: 5,
    hint: true,
  })
  const back = await run(`backup:restore ${result.backup} --erased --json`, cwd)
  expect({ status: back.status, result: JSON.parse(back.stdout) }).toMatchObject({
    status: 0,
    result: { mode: 'restored', erasedAgain: 2, newKey: true },
  })
})

test('privacy:erase names each materialized view that was filled from tables of clients', async () => {
  const { clientCode, id } = await populatedClient(owner)
  await owner.run(sql`insert into public.no_key (client_id, word) values (${id}, 'ada@acme.example')`)
  await owner.script(`
    create view public.words as select client_id, word from public.no_key;
    create materialized view public."Words kept" as select word from public.words;
    create materialized view public.letters as select substr(word, 1, 1) as letter from public."Words kept";
    create function public.word_count() returns bigint language sql stable
      begin atomic select count(*) from public.no_key; end;
    create materialized view public.counted as select public.word_count() as words;
    create materialized view public.emptied as select word from public.no_key with no data;
    create materialized view public.bystanding as select 1 as one`)
  onTestFinished(() =>
    owner.script(`
      drop materialized view public.letters, public."Words kept", public.counted, public.emptied, public.bystanding;
      drop view public.words;
      drop function public.word_count()`),
  )
  const line = `privacy:erase --client ${clientCode} --confirm ${clientCode} --no-backup`
  const { status, stdout } = await run(`${line} --json`)
  expect(status).toBe(0)
  const { remains }: { remains: { place: string; until: string }[] } = JSON.parse(stdout)
  expect(remains.filter(({ place }) => place.includes('materialized'))).toEqual(
    ['public."Words kept"', 'public.letters', 'public.counted'].map((name) => ({
      place: `the materialized view ${name}, if it was filled before the erasure`,
      until: `this has run: refresh materialized view ${name}`,
    })),
  )
  expect((await run(line)).stdout).toContain('refresh materialized view public."Words kept"')
})

test('privacy:erase says so where the client was restored while it waited, and not to erase it again', async () => {
  const client = await populatedClient(owner)
  const { clientCode } = client
  const file = await backUp(owner, client)
  const older = await connect(url)
  onTestFinished(() => older.close())
  const erasing = await older.transaction(async (tx) => {
    await tx.run(sql`select pg_current_xact_id()`)
    const running = run(`privacy:erase --client ${clientCode} --confirm ${clientCode} --no-backup --json`)
    await expect.poll(() => findClient(owner, clientCode), { timeout: 20_000 }).toBeUndefined()
    await restoreBackup(owner, file, { settings, erased: true })
    return { running }
  })
  const { status, stdout } = await erasing.running
  const { remains }: { remains: { place: string; until: string }[] } = JSON.parse(stdout)
  expect({ status, back: await findClient(owner, clientCode) }).toMatchObject({
    status: 0,
    back: { clientCode },
  })
  expect(remains).toContainEqual({
    place: 'the client itself: a restore brought it back before its erasure was complete',
    until: `it is erased anew, if that is meant: privacy:erase --client ${clientCode}`,
  })
  expect(JSON.stringify(remains)).not.toContain('this has run again')
})

test('privacy:erase tells an invitation from a client, and never takes one for the other', async () => {
  const cases: readonly [string, number, string][] = [
    ['privacy:erase --confirm acme', 2, 'What is to be erased?'],
    ['privacy:erase --invitation 7K3Q-F9XM-2DWA --no-backup', 2, 'An invitation is erased without a backup'],
    ['privacy:erase --client acme --certificate package.json --confirm acme', 5, 'There is a file'],
  ]
  const cwd = tempFolder({ 'package.json': '{}' })
  for (const [line, wanted, message] of cases) {
    const { status, stderr } = await run(line, cwd)
    expect({ line, status, said: stderr.includes(message) }).toEqual({ line, status: wanted, said: true })
  }
})

test('privacy:export writes the zip where it is told to, and its place in words', async () => {
  const { clientCode } = await populatedClient(owner)
  const cwd = tempFolder()
  const { status, stdout } = await run(`privacy:export --client ${clientCode} --to out`, cwd)
  const [file = ''] = stdout.split('\n')
  expect({ status, there: existsSync(file), ending: file.endsWith('.zip') }).toEqual({
    status: 0,
    there: true,
    ending: true,
  })
  expect(stdout).toContain('flows.invitations')
})

test('privacy:scan ends with status 8 where it finds something, and tells no value', async () => {
  const { clientCode, id } = await populatedClient(owner)
  expect(await run(`privacy:scan --client ${clientCode}`)).toMatchObject({ status: 0 })
  await owner.run(
    sql`insert into public.no_key (client_id, word) values (${id}, 'Ada Lovelace, 010190-1234')`,
  )
  const cwd = tempFolder()
  writeFileSync(join(cwd, 'names.txt'), 'Ada Lovelace\n')
  const found = await run(`privacy:scan --client ${clientCode} --names names.txt --json`, cwd)
  expect(found.status).toBe(8)
  expect(JSON.parse(found.stdout).findings).toEqual([
    { column: 'public.no_key.word', kind: 'Danish CPR number', values: 1, of: 4 },
    { column: 'public.no_key.word', kind: 'name on the list', values: 1, of: 4 },
  ])
  const said = await run(`privacy:scan --client ${clientCode} --names names.txt`, cwd)
  expect(said.stdout).not.toMatch(/Ada|0101/)
  await owner.run(sql`delete from public.no_key where word like 'Ada%'`)
})

test('privacy:retention says that there is nothing to do where there is nothing', async () => {
  expect(await run('privacy:retention')).toMatchObject({
    status: 0,
    stdout: 'Nothing to do: nothing is older than it is kept.\n',
  })
})
