import { execFile } from 'node:child_process'
import { readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'
import { testDatabase } from '../support/database.ts'
import { tempFolder } from '../support/temp-folder.ts'

const { url, owner } = await testDatabase()
const program = fileURLToPath(new URL('../../node_modules/.bin/supabase', import.meta.url))

/** Runs the Supabase CLI on the test's database, in a project that exposes flows, and gives what it prints. */
async function supabase(...words: string[]): Promise<string> {
  const cwd = tempFolder({ 'supabase/config.toml': '[api]\nschemas = ["public", "flows"]\n' })
  symlinkSync(packagePath('migrations'), join(cwd, 'supabase', 'migrations'))
  const { stdout } = await promisify(execFile)(program, [...words, `--remote=${url}`], { cwd })
  return stdout
}

async function advisors(): Promise<{ level: string; name: string; detail: string }[]> {
  return JSON.parse(await supabase('db', 'advisors', '--level', 'info', '--output-format', 'json')).results
}

test('supabase db advisors finds nothing above a note', async () => {
  const findings = await advisors()
  expect(findings.filter(({ level }) => level !== 'INFO')).toEqual([])
  expect([...new Set(findings.map(({ name }) => name))].sort()).toEqual([
    'rls_enabled_no_policy',
    'unused_index',
  ])
})

test('supabase db advisors would find a view that forgets its caller and a policy that trusts users', async () => {
  await owner.script(`
    create view flows.everything as select * from flows.clients;
    grant select on flows.everything to authenticated;
    create policy believing on flows.clients to authenticated
      using (id::text = current_setting('request.jwt.claims')::json -> 'user_metadata' ->> 'id');`)
  try {
    const names = (await advisors()).filter(({ level }) => level === 'ERROR').map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['security_definer_view', 'rls_references_user_metadata']))
  } finally {
    await owner.script('drop view flows.everything; drop policy believing on flows.clients;')
  }
})

test('supabase gen types writes the types of every table and function that the API exposes, and of no other', async () => {
  const types = await supabase('gen', 'types', '-s', 'flows')
  const names = ['clients', 'invitations', 'audit_events', 'current_client', 'redeem_invitation']
  expect(names.filter((name) => !types.includes(`"${name}":`))).toEqual([])
  expect(types.includes('client_keys')).toBe(false)
})

test('supabase migration list and db push find every migration applied', async () => {
  const versions = readdirSync(packagePath('migrations')).flatMap((file) => /^[0-9]+/.exec(file) ?? [])
  const { migrations } = JSON.parse(await supabase('migration', 'list', '--output-format', 'json'))
  expect(migrations).toMatchObject(versions.map((version) => ({ local: version, remote: version })))
  expect(JSON.parse(await supabase('db', 'push', '--dry-run', '--output-format', 'json'))).toMatchObject({
    upToDate: true,
  })
})
