import { clientOwned } from '../../database/client-owned.ts'
import type { Database } from '../../database/database.ts'
import { raw, sql } from '../../database/sql.ts'

/** A thing that is open or unguarded: which one, in what way, and the statement that mends it. */
export type Breach = { object: string; how: string; fix: string }

/** Schemas of Supabase's services, whose tables are theirs to guard. */
const platformSchemas =
  raw(`('auth', 'storage', 'realtime', 'extensions', 'graphql', 'graphql_public', 'vault',
  'pgsodium', 'cron', 'net', 'pgbouncer', 'supabase_migrations', 'supabase_functions')`)

/** Client-owned tables and their partitions in which row-level security is off, or does not hold for the owner. */
export function selectUnguardedTables(db: Database): Promise<Breach[]> {
  return db.many(sql`
    with recursive guarded (oid) as (
      select oid from (${clientOwned}) owned
      where "schema" not in ${platformSchemas} and owner_type = 'uuid'::regtype
      union
      select i.inhrelid from pg_inherits i join guarded g on g.oid = i.inhparent
    )
    select c.oid::regclass::text as object,
      case when c.relrowsecurity then 'is not forced' else 'is off' end as how,
      format('alter table %s enable row level security, force row level security;', c.oid::regclass) as fix
    from guarded g
    join pg_class c on c.oid = g.oid
    where c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)
    order by 1`)
}

/** How many client-owned tables there are. */
export function countClientOwnedTables(db: Database): Promise<{ tables: number }> {
  return db.one(sql`
    select count(*) as tables
    from (${clientOwned}) owned
    where "schema" not in ${platformSchemas} and owner_type = 'uuid'::regtype`)
}

/**
 * Client-owned tables that are not stood on the floor: one restrictive policy for every verb of anon and
 * authenticated, which compares the owner column with the caller's client.
 */
export function selectFloorlessTables(db: Database): Promise<Breach[]> {
  return db.many(sql`
    with owned as (
      select oid, "table", owner_column
      from (${clientOwned}) owned
      where "schema" not in ${platformSchemas} and owner_type = 'uuid'::regtype
    ), forms as (
      select oid, "table", owner_column,
        format('(%I = ( SELECT flows.current_client_id() AS current_client_id))', owner_column) as accepted,
        format('%I = (select flows.current_client_id())', owner_column) as wanted
      from owned
    ), floors as (
      select f.oid, f."table", f.wanted, p.polname,
        coalesce(
          p.polcmd = '*'
          and (0 = any (p.polroles)
            or p.polroles @> array(select r.oid from pg_roles r where r.rolname in ('anon', 'authenticated')))
          and regexp_replace(pg_get_expr(p.polqual, p.polrelid), '\\s+', ' ', 'g') = f.accepted
          and regexp_replace(pg_get_expr(p.polwithcheck, p.polrelid), '\\s+', ' ', 'g') = f.accepted,
          false) as holds
      from forms f
      left join pg_policy p on p.polrelid = f.oid and not p.polpermissive
    )
    select oid::regclass::text as object,
      case when count(polname) = 0 then 'is missing'
        else 'is not for every verb of anon and authenticated, or compares with something else' end as how,
      format(
        'drop policy if exists %1$I on %2$s; create policy %1$I on %2$s as restrictive for all to anon, authenticated '
        'using (%3$s) with check (%3$s);',
        "table" || '_floor', oid::regclass, wanted) as fix
    from floors
    group by oid, "table", wanted
    having not bool_or(holds)
    order by 1`)
}

/** Roles that requests come with, and PUBLIC. */
const apiRoles = raw(`('anon', 'authenticated', 'service_role', 'authenticator', 'public')`)

/**
 * What roles of the API hold that no policy governs or that is none of theirs: TRUNCATE, TRIGGER, REFERENCES and
 * MAINTAIN on any table of flows-db, anything in flows_private, CREATE in a schema.
 */
export function selectStrayGrants(db: Database): Promise<Breach[]> {
  return db.many(sql`
    with schemas as (
      select oid, nspname, nspacl, nspowner from pg_namespace where nspname in ('flows', 'flows_gate', 'flows_private')
    ), held as (
      select n.nspname, 'schema ' || quote_ident(n.nspname) as object, n.nspowner as owner, x.grantee, x.privilege_type
      from schemas n, aclexplode(n.nspacl) x
      where n.nspname = 'flows_private' or x.privilege_type = 'CREATE'
      union all
      select n.nspname, case c.relkind when 'S' then 'sequence ' else '' end || c.oid::regclass::text, c.relowner,
        x.grantee, x.privilege_type
      from schemas n
      join pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S'), aclexplode(c.relacl) x
      where n.nspname = 'flows_private' or x.privilege_type in ('TRUNCATE', 'TRIGGER', 'REFERENCES', 'MAINTAIN')
      union all
      select n.nspname, c.oid::regclass::text, c.relowner, x.grantee,
        format('%s (%I)', x.privilege_type, a.attname)
      from schemas n
      join pg_class c on c.relnamespace = n.oid
      join pg_attribute a on a.attrelid = c.oid and not a.attisdropped, aclexplode(a.attacl) x
      where n.nspname = 'flows_private' or x.privilege_type = 'REFERENCES'
      union all
      select n.nspname, 'function ' || p.oid::regprocedure::text, p.proowner, x.grantee, x.privilege_type
      from schemas n
      join pg_proc p on p.pronamespace = n.oid, aclexplode(p.proacl) x
      where n.nspname = 'flows_private'
    )
    select object, format('%s for %s', lower(privilege_type), role) as how,
      format('revoke %s on %s from %s;', lower(privilege_type), object, role) as fix
    from held
    cross join lateral (select coalesce((select rolname from pg_roles where oid = grantee), 'public') as role) named
    where grantee <> owner and role in ${apiRoles}
      -- what is granted to everybody is told by the check public-grants
      and grantee <> 0
    order by 1, 2`)
}

/** What everybody is granted in the schemas of flows-db. */
export function selectPublicGrants(db: Database): Promise<Breach[]> {
  return db.many(sql`
    with schemas as (
      select oid, nspname, nspacl from pg_namespace where nspname in ('flows', 'flows_gate', 'flows_private')
    ), held as (
      select 'schema ' || quote_ident(nspname) as object, x.grantee, x.privilege_type
      from schemas, aclexplode(nspacl) x
      union all
      select case c.relkind when 'S' then 'sequence ' else '' end || c.oid::regclass::text, x.grantee, x.privilege_type
      from schemas n join pg_class c on c.relnamespace = n.oid, aclexplode(c.relacl) x
      union all
      select c.oid::regclass::text, x.grantee, format('%s (%I)', x.privilege_type, a.attname)
      from schemas n
      join pg_class c on c.relnamespace = n.oid
      join pg_attribute a on a.attrelid = c.oid and not a.attisdropped, aclexplode(a.attacl) x
      union all
      select 'function ' || p.oid::regprocedure::text, x.grantee, x.privilege_type
      from schemas n
      join pg_proc p on p.pronamespace = n.oid and p.prokind in ('f', 'w'),
        aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
    )
    select object, format('%s for everybody', lower(privilege_type)) as how,
      format('revoke %s on %s from public;', lower(privilege_type), object) as fix
    from held
    where grantee = 0
    order by 1, 2`)
}

/** Default privileges by which a table, sequence or function made tomorrow in a schema of flows-db would be open. */
export function selectDefaultGrants(db: Database): Promise<Breach[]> {
  return db.many(sql`
    select format('new %s of %s', kind, d.defaclrole::regrole) || coalesce(' in ' || quote_ident(n.nspname), '') as object,
      format('%s for %s', lower(string_agg(x.privilege_type, ', ' order by x.privilege_type)), role) as how,
      format('alter default privileges for role %s %s revoke all on %s from %s;', d.defaclrole::regrole,
        'in schema ' || quote_ident(n.nspname), kind, role) as fix
    from pg_default_acl d
    left join pg_namespace n on n.oid = d.defaclnamespace
    cross join lateral (
      select case d.defaclobjtype
        when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types' else 'schemas'
      end as kind
    ) kinds
    cross join lateral aclexplode(d.defaclacl) x
    cross join lateral (
      select coalesce((select rolname::text from pg_roles where oid = x.grantee), 'public') as role
    ) named
    where (n.nspname in ('flows', 'flows_gate', 'flows_private') or d.defaclnamespace = 0)
      and d.defaclobjtype in ('r', 'S', 'f')
      and x.grantee <> d.defaclrole and role in ${apiRoles}
      -- everybody may execute a new function unless somebody said otherwise; every function here is revoked by itself
      and not (d.defaclnamespace = 0 and d.defaclobjtype = 'f' and x.grantee = 0)
    group by kind, d.defaclrole, n.nspname, role
    order by 1, 2`)
}
