import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/database/connect.ts'
import type { Connection, Database } from '../../src/database/database.ts'
import { sqlState } from '../../src/database/failures.ts'
import { catalogFingerprint } from '../../src/database/fingerprint.ts'
import { bootstrapPlatform, ensurePlatform } from '../../src/database/platform/bootstrap.ts'
import { detectPlatform, findMigratingRole, markText } from '../../src/database/platform/platform.ts'
import { identifier, literal, sql } from '../../src/database/sql.ts'
import { failureOf } from './embedded-support.ts'
import { type PlainServer, plainEngines, sayUntried, startPlain } from './platform-engines.ts'

const engines = plainEngines()
const schemas = ['auth', 'storage', 'extensions', 'public']

describe.each(engines)(`a plain database on $title${sayUntried(engines)}`, (engine) => {
  let server: PlainServer
  let shared: Connection

  beforeAll(async () => {
    server = await startPlain(engine)
    const superuser = await connect(server.url())
    const migratingRole = await bootstrapPlatform(superuser)
    await superuser.close()
    shared = await connect(server.url('postgres', migratingRole))
  })

  afterAll(async () => {
    await shared.close()
    await server.stop()
  })

  const open = async (url: string) => {
    const connection = await connect(url)
    onTestFinished(() => connection.close())
    return connection
  }

  const newDatabase = async () => {
    const name = `plain_${randomBytes(4).toString('hex')}`
    const superuser = await open(server.url())
    await superuser.run(sql`create database ${identifier(name)}`)
    return { name, db: await open(server.url(name)) }
  }

  const bootstrapped = async () => {
    const made = await newDatabase()
    const migratingRole = await bootstrapPlatform(made.db)
    return { ...made, migratingRole, migrator: await open(server.url(made.name, migratingRole)) }
  }

  test('is plain at first, then bootstrapped, and a second bootstrap changes nothing', async () => {
    const { db } = await newDatabase()
    expect(await detectPlatform(db)).toBe('plain')
    expect(await ensurePlatform(db)).toEqual({ platform: 'bootstrapped', migratingRole: 'flows_migrator' })
    expect(await detectPlatform(db)).toBe('bootstrapped')
    const catalogue = await catalogFingerprint(db, schemas)
    const roles = await rolesOf(db)
    expect(catalogue.length).toBeGreaterThan(100)
    expect(await bootstrapPlatform(db)).toBe('flows_migrator')
    expect(await catalogFingerprint(db, schemas)).toEqual(catalogue)
    expect(await rolesOf(db)).toEqual(roles)
  })

  test('gets the roles of Supabase, with their timeouts', async () => {
    const { db } = await bootstrapped()
    const common = { rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false }
    expect(await rolesOf(db)).toEqual([
      { name: 'anon', ...common, rolcanlogin: false, rolinherit: true, rolconfig: ['statement_timeout=3s'] },
      {
        name: 'authenticated',
        ...common,
        rolcanlogin: false,
        rolinherit: true,
        rolconfig: ['statement_timeout=8s'],
      },
      {
        name: 'authenticator',
        ...common,
        rolcanlogin: true,
        rolinherit: false,
        rolconfig: ['statement_timeout=8s', 'lock_timeout=8s'],
      },
      {
        name: 'flows_migrator',
        rolsuper: false,
        rolbypassrls: true,
        rolcreaterole: true,
        rolcreatedb: true,
        rolcanlogin: true,
        rolinherit: true,
        rolconfig: ['search_path="$user", public, extensions'],
      },
      {
        name: 'service_role',
        ...common,
        rolbypassrls: true,
        rolcanlogin: false,
        rolinherit: true,
        rolconfig: null,
      },
      {
        name: 'supabase_admin',
        ...common,
        rolcanlogin: false,
        rolinherit: true,
        rolconfig: ['search_path="$user", public, auth, extensions'],
      },
      {
        name: 'supabase_auth_admin',
        ...common,
        rolcanlogin: true,
        rolinherit: false,
        rolconfig: ['search_path=auth'],
      },
      {
        name: 'supabase_storage_admin',
        ...common,
        rolcreaterole: true,
        rolcanlogin: true,
        rolinherit: false,
        rolconfig: ['search_path=storage'],
      },
    ])
  })

  test('keeps what an operator set on these roles', async () => {
    const { db } = await bootstrapped()
    await db.run(sql`alter role anon set statement_timeout = '1s'`)
    await bootstrapPlatform(db)
    expect(await rolesOf(db)).toContainEqual(
      expect.objectContaining({ name: 'anon', rolconfig: ['statement_timeout=1s'] }),
    )
    await db.run(sql`alter role anon set statement_timeout = '3s'`)
  })

  test('lets its migrating role do what hosted Supabase allows', async () => {
    const { migrator } = await bootstrapped()
    await migrator.script(`
      create schema flows;
      create table flows.things (
        id uuid primary key,
        owner uuid references auth.users (id),
        bucket text references storage.buckets (id)
      );
      create policy things_bucket on storage.objects for select to authenticated using (bucket_id = 'a');
      create policy things_buckets on storage.buckets for select to authenticated using (true);
      create function flows.noop() returns trigger language plpgsql as 'begin return new; end';
      create trigger flows_noop after insert on auth.users for each row execute function flows.noop();
      create trigger flows_noop after insert on storage.objects for each row execute function flows.noop();
      drop trigger flows_noop on storage.objects;
      insert into storage.buckets (id, name) values ('a', 'a');
      insert into storage.objects (bucket_id, name) values ('a', 'x/y.pdf');
      grant select on storage.objects to authenticated;
      alter role authenticator set pgrst.db_schemas = 'public, flows';
      alter role authenticator reset pgrst.db_schemas;
      create extension pg_trgm schema extensions;
      select extensions.digest('a', 'sha256'), extensions.uuid_generate_v4();
      notify pgrst, 'reload config';
    `)
    const role = identifier(`probe_${randomBytes(4).toString('hex')}`)
    await migrator.run(sql`create role ${role} nologin`)
    await migrator.run(sql`grant ${role} to authenticator`)
    await migrator.run(sql`grant authenticated to ${role}`)
    await migrator.run(sql`drop role ${role}`)
    for (const name of ['anon', 'authenticated', 'service_role']) {
      expect(
        await migrator.transaction(async (tx) => {
          await tx.run(sql`set local role ${identifier(name)}`)
          return tx.one(sql`select current_user::text as name`)
        }),
      ).toEqual({ name })
    }
  })

  test.each([
    'alter table storage.objects enable row level security',
    'alter table storage.buckets add column mine int',
    'create index mine on auth.users (email)',
    "comment on table storage.objects is 'mine'",
    'alter table storage.objects disable trigger protect_objects_delete',
    'drop table storage.objects cascade',
    'drop function storage.extension(text)',
    'drop schema auth cascade',
    'create role root superuser',
    'create table auth.mine ()',
    'create table storage.mine ()',
    "create or replace function auth.uid() returns uuid language sql as 'select null::uuid'",
    "copy (select 1) to program 'cat'",
    "alter role authenticator set app.settings.secret = 'x'",
    "delete from storage.objects where name = 'x'",
    'set session authorization supabase_admin',
    'set role supabase_admin',
  ])('refuses its migrating role, as Supabase does: %s', async (text) => {
    const error = await shared.transaction((tx) => tx.script(text)).catch((reason: unknown) => reason)
    expect({ text, code: sqlState(error) ?? sqlState((error as Error).cause) }).toEqual({
      text,
      code: '42501',
    })
  })

  test('grants nothing by itself: not on new tables, not on users', async () => {
    const { migrator } = await bootstrapped()
    await migrator.script('create table public.fresh (id int)')
    for (const role of ['anon', 'authenticated', 'service_role']) {
      for (const table of ['public.fresh', 'auth.users']) {
        const can = await migrator.one<{ read: boolean; write: boolean }>(sql`
          select has_table_privilege(${role}, ${table}, 'select') as read,
                 has_table_privilege(${role}, ${table}, 'insert, update, delete, truncate') as write`)
        expect({ role, table, ...can }).toEqual({ role, table, read: false, write: false })
      }
    }
  })

  test('tells a caller from the claims, and nothing from none', async () => {
    const { db } = await bootstrapped()
    const sub = 'd0d0d0d0-0000-4000-8000-000000000001'
    const who = sql`select auth.uid() as uid, auth.role() as role, auth.email() as email, auth.jwt() as jwt`
    const withClaims = (claims: string | null) =>
      db.transaction(async (tx) => {
        if (claims !== null) await tx.run(sql`select set_config('request.jwt.claims', ${claims}, true)`)
        return tx.one(who)
      })
    const claims = { sub, role: 'authenticated', email: 'ada@example.org' }
    expect(await withClaims(JSON.stringify(claims))).toEqual({
      uid: sub,
      role: 'authenticated',
      email: 'ada@example.org',
      jwt: claims,
    })
    const nobody = { uid: null, role: null, email: null, jwt: null }
    expect(await withClaims(null)).toEqual(nobody)
    expect(await withClaims('')).toEqual(nobody)
    await expect(withClaims('{"sub": "not-a-uuid"}')).rejects.toThrow('invalid input syntax for type uuid')
    await expect(withClaims('{')).rejects.toThrow('invalid input syntax for type json')
    const legacy = await db.transaction(async (tx) => {
      await tx.run(sql`select set_config('request.jwt.claim.sub', ${sub}, true)`)
      return tx.one(sql`select auth.uid() as uid`)
    })
    expect(legacy).toEqual({ uid: sub })
  })

  test('takes the paths of objects apart as Supabase Storage does', async () => {
    const { db } = await bootstrapped()
    const parts = (name: string) =>
      db.one(sql`
        select storage.foldername(${name}) as folders, storage.filename(${name}) as file, storage.extension(${name}) as kind`)
    expect(await parts('a/b/report.final.pdf')).toEqual({
      folders: ['a', 'b'],
      file: 'report.final.pdf',
      kind: 'pdf',
    })
    expect(await parts('alone.txt')).toEqual({ folders: [], file: 'alone.txt', kind: 'txt' })
  })

  test('guards buckets and objects as Supabase Storage does', async () => {
    const { migrator, db } = await bootstrapped()
    await migrator.script(`
      insert into storage.buckets (id, name) values ('a', 'a');
      insert into storage.objects (bucket_id, name) values ('a', 'x/y.pdf')`)
    expect(
      await migrator.one(sql`
        select path_tokens, is_versioned, is_delete_marker, archived_at, versioning_status, type::text
        from storage.objects
        join storage.buckets on buckets.id = bucket_id`),
    ).toEqual({
      pathTokens: ['x', 'y.pdf'],
      isVersioned: false,
      isDeleteMarker: false,
      archivedAt: null,
      versioningStatus: 'DISABLED',
      type: 'STANDARD',
    })
    await expect(db.script("delete from storage.buckets where id = 'a'")).rejects.toThrow(
      'Direct deletion from storage tables is not allowed. Use the Storage API instead.',
    )
    await expect(
      db.script(`insert into storage.buckets (id, name) values ('b', '${'b'.repeat(101)}')`),
    ).rejects.toThrow('too long')
    await expect(
      db.script("update storage.buckets set versioning_status = 'SOMETIMES' where id = 'a'"),
    ).rejects.toThrow('buckets_versioning_status_check')
    await migrator.transaction(async (tx) => {
      await tx.run(sql`set local storage.allow_delete_query = 'true'`)
      expect(await tx.run(sql`delete from storage.objects where bucket_id = 'a'`)).toBe(1)
    })
    const seen = await migrator.transaction(async (tx) => {
      await tx.run(sql`set local role anon`)
      return tx.many(sql`select id from storage.buckets`)
    })
    expect(seen).toEqual([])
  })

  test('is bootstrapped in two databases of one server at once', async () => {
    const databases = await Promise.all([newDatabase(), newDatabase(), newDatabase()])
    const roles = await Promise.all(databases.map(({ db }) => bootstrapPlatform(db)))
    expect(roles).toEqual(['flows_migrator', 'flows_migrator', 'flows_migrator'])
  })

  test('is bootstrapped once by several commands at once', async () => {
    const { name, db } = await newDatabase()
    const others = await Promise.all([1, 2, 3].map(() => open(server.url(name))))
    await Promise.all(others.map((other) => ensurePlatform(other)))
    expect(await detectPlatform(db)).toBe('bootstrapped')
  })

  test('takes the name of another migrating role, and remembers it', async () => {
    const { db } = await newDatabase()
    const role = `deploy "${randomBytes(4).toString('hex')}'s"`
    expect(await ensurePlatform(db, { migratingRole: role })).toEqual({
      platform: 'bootstrapped',
      migratingRole: role,
    })
    expect(await ensurePlatform(db)).toEqual({ platform: 'bootstrapped', migratingRole: role })
    expect(await findMigratingRole(db)).toBe(role)
    expect(await bootstrapPlatform(db)).toBe(role)
    await db.run(sql`drop owned by ${identifier(role)}`)
    await db.run(sql`drop role ${identifier(role)}`)
  })

  test('refuses a superuser as its migrating role, and stays plain', async () => {
    const { db } = await newDatabase()
    expect(await failureOf(bootstrapPlatform(db, { migratingRole: 'postgres' }))).toEqual({
      code: 'PLATFORM_ROLE_UNFIT',
      message: 'Migrations must not run as "postgres": it is a superuser',
    })
    expect(await detectPlatform(db)).toBe('plain')
  })

  test('asks for a superuser where the connected role is none, and stays plain', async () => {
    const { name, db } = await newDatabase()
    await bootstrapped()
    const plain = await open(server.url(name, 'flows_migrator'))
    expect(await failureOf(ensurePlatform(plain))).toEqual({
      code: 'PLATFORM_NEEDS_SUPERUSER',
      message:
        'This Postgres lacks the roles and schemas of Supabase, and the connected role may not make them',
    })
    expect(await detectPlatform(db)).toBe('plain')
  })

  test('is left alone where it has an "auth" of its own', async () => {
    const { db } = await newDatabase()
    await db.script('create schema auth; create table auth.accounts ()')
    const before = await catalogFingerprint(db, schemas)
    expect(await failureOf(ensurePlatform(db))).toEqual({
      code: 'PLATFORM_SCHEMA_TAKEN',
      message: 'This database has a schema of its own named "auth"',
    })
    expect(await catalogFingerprint(db, schemas)).toEqual(before)
  })

  test('is brought up to date by a superuser when an older release bootstrapped it', async () => {
    const { db, name, migratingRole } = await bootstrapped()
    const mark = markText({ version: 0, migratingRole })
    await db.run(sql`comment on schema auth is ${literal(mark)}`)
    await db.script('drop function storage.extension(text)')
    const present = sql`select to_regprocedure('storage.extension(text)') is not null as present`
    const ordinary = await open(server.url(name, migratingRole))
    expect(await ensurePlatform(ordinary)).toEqual({ platform: 'bootstrapped', migratingRole })
    expect(await db.one(present)).toEqual({ present: false })
    expect(await ensurePlatform(db)).toEqual({ platform: 'bootstrapped', migratingRole })
    expect(await db.one(present)).toEqual({ present: true })
  })

  test('is never bootstrapped where Supabase itself made the schemas', async () => {
    const { db } = await newDatabase()
    await db.script(`
      create schema auth authorization supabase_admin;
      create schema storage authorization supabase_admin;
      create table storage.migrations (id int)`)
    const before = await catalogFingerprint(db, schemas)
    expect(await detectPlatform(db)).toBe('supabase')
    expect(await ensurePlatform(db)).toEqual({ platform: 'supabase', migratingRole: 'postgres' })
    expect(await findMigratingRole(db)).toBe('postgres')
    expect(await failureOf(bootstrapPlatform(db))).toEqual({
      code: 'PLATFORM_SCHEMA_TAKEN',
      message: 'This is Supabase, which has all that the bootstrap would make',
    })
    expect(await catalogFingerprint(db, schemas)).toEqual(before)
  })
})

function rolesOf(db: Database) {
  return db.many(sql`
    select rolname as name, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin, rolinherit, rolconfig
    from pg_roles
    where rolname in ('anon', 'authenticated', 'service_role', 'authenticator', 'flows_migrator')
       or rolname like 'supabase%'
    order by rolname collate "C"`)
}
