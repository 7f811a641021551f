import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import type { Catalog, Role } from './catalog.ts'
import { relationsAsJson } from './relations.queries.ts'
import { routinesAsJson } from './routines.queries.ts'

/** The roles of the server, what each may become, and the version. */
export async function selectRoles(
  db: Database,
): Promise<{ version: number; prover: string; session: string; roles: Role[] }> {
  return db.one(sql`
    with setting as (
      select current_setting('server_version_num')::int as version,
        case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end as set_role
    )
    select version, current_user::text as prover, session_user::text as session, (
      select jsonb_agg(jsonb_build_object(
        'name', r.rolname, 'superuser', r.rolsuper, 'bypass', r.rolbypassrls, 'login', r.rolcanlogin,
        'createRole', r.rolcreaterole, 'replication', r.rolreplication,
        'inherits', array(select t.rolname from pg_roles t
          where t.oid <> r.oid and not r.rolsuper and pg_has_role(r.oid, t.oid, 'USAGE') order by 1),
        'temporary', has_database_privilege(r.oid, current_database(), 'TEMP'),
        'becomes', array(select t.rolname from pg_roles t
          where t.oid <> r.oid and not r.rolsuper and pg_has_role(r.oid, t.oid, set_role) order by 1)
      ) order by r.rolname)
      from pg_roles r
      where r.rolname !~ '^pg_'
    ) as roles
    from setting`)
}

/** Reads everything but the roles, in one statement; grants are told for the given roles. */
export async function selectCatalog(
  db: Database,
  schemas: readonly string[] | null,
  roles: readonly string[],
): Promise<Omit<Catalog, 'version' | 'prover' | 'roles'>> {
  return db.one(sql`
    with scope as materialized (
      select n.oid, n.nspname
      from pg_namespace n
      where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and (
          case when ${schemas}::text[] is null
            then n.nspname <> all ('{auth,storage,extensions,graphql,graphql_public,realtime,_realtime,vault,net,cron,pgsodium,pgsodium_masks,pgbouncer,_analytics,supabase_migrations,supabase_functions,pgtle}')
            else n.nspname = any (${schemas}::text[])
          end)
    ),
    -- extensions keep their own house
    foreign_made as materialized (
      select classid, objid from pg_depend where deptype = 'e'
    ),
    -- partitions of what is asked for, and views that show it, belong to it wherever they are
    outside as materialized (
      select distinct c.oid
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      where ${schemas}::text[] is not null
        and n.oid not in (select oid from scope) and n.nspname !~ '^pg_' and n.nspname <> all ('{information_schema,auth,storage,extensions}')
        and (
          exists (
            select from pg_inherits i join pg_class p on p.oid = i.inhparent
            where i.inhrelid = c.oid and p.relnamespace in (select oid from scope))
          or exists (
            select from pg_rewrite w
            join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass
            join pg_class p on p.oid = d.refobjid
            where w.ev_class = c.oid and c.relkind in ('v', 'm') and p.relnamespace in (select oid from scope)))
    ),
    relation as materialized (
      select c.*, n.nspname
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.oid in (select oid from outside)
        and not exists (select from foreign_made f where f.classid = 'pg_class'::regclass and f.objid = c.oid)
      union all
      select c.*, s.nspname
      from pg_class c join scope s on s.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'f')
        and not exists (select from foreign_made f where f.classid = 'pg_class'::regclass and f.objid = c.oid)
      union all
      select c.*, n.nspname
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.oid in (to_regclass('storage.objects'), to_regclass('storage.buckets'), to_regclass('auth.users'))
        and n.nspname not in (select nspname from scope)
    ),
    asked_by_policies as materialized (
      select distinct p.oid
      from pg_depend d join pg_policy y on y.oid = d.objid join relation r on r.oid = y.polrelid
      join pg_proc p on p.oid = d.refobjid join pg_namespace n on n.oid = p.pronamespace
      where ${schemas}::text[] is not null and d.classid = 'pg_policy'::regclass and d.refclassid = 'pg_proc'::regclass
        and n.oid not in (select oid from scope) and n.nspname !~ '^pg_' and n.nspname <> all ('{information_schema,auth,storage,extensions}')
    ),
    grantee as materialized (
      select r.oid, r.rolname from pg_roles r where r.rolname = any (${roles}::text[])
    )
    select
      (select jsonb_agg(jsonb_build_object(
          'name', s.nspname,
          'usage', array(select g.rolname from grantee g where has_schema_privilege(g.oid, s.oid, 'USAGE')),
          'create', array(select g.rolname from grantee g where has_schema_privilege(g.oid, s.oid, 'CREATE'))
        ) order by s.nspname)
        from (
          select oid, nspname from scope
          union select n.oid, n.nspname from pg_namespace n where n.nspname in ('storage', 'auth')
        ) s) as schemas,
      ${relationsAsJson} as relations,
      ${routinesAsJson} as routines,
      (select jsonb_agg(jsonb_build_object(
          'schema', s.nspname, 'name', c.relname,
          'ownedBy', (
            select format('%s.%s.%s', tn.nspname, t.relname, a.attname)
            from pg_depend d join pg_class t on t.oid = d.refobjid join pg_namespace tn on tn.oid = t.relnamespace
            join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
            where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_class'::regclass
              and d.deptype in ('a', 'i') limit 1),
          'relation', (
            select d.refobjid::int8 from pg_depend d
            where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_class'::regclass
              and d.deptype in ('a', 'i') limit 1),
          'grants', (
            select jsonb_agg(jsonb_build_object('role', g.rolname, 'privileges', array(
              select p from unnest('{SELECT,USAGE,UPDATE}'::text[]) p where has_sequence_privilege(g.oid, c.oid, p))))
            from grantee g
            where has_schema_privilege(g.oid, s.oid, 'USAGE') and has_sequence_privilege(g.oid, c.oid, 'SELECT,USAGE,UPDATE'))
        ) order by s.nspname, c.relname)
        from pg_class c join scope s on s.oid = c.relnamespace
        where c.relkind = 'S') as sequences,
      (select jsonb_agg(jsonb_build_object(
          'owner', pg_get_userbyid(d.defaclrole), 'schema', n.nspname, 'kind', d.defaclobjtype,
          'grantee', coalesce(r.rolname, 'public'), 'privileges', g.privileges))
        from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace
        cross join lateral (
          select a.grantee, array_agg(a.privilege_type::text) as privileges
          from aclexplode(d.defaclacl) a group by 1) g
        left join pg_roles r on r.oid = g.grantee
        where d.defaclnamespace = 0 or d.defaclnamespace in (select oid from scope)) as default_grants,
      (select jsonb_agg(jsonb_build_object(
          'oid', o.oid::int8, 'role', coalesce(r.rolname, 'public'), 'privileges', a.privileges))
        from pg_largeobject_metadata o
        cross join lateral (
          select x.grantee, array_agg(x.privilege_type::text) as privileges
          from aclexplode(o.lomacl) x where x.grantee <> o.lomowner group by 1) a
        left join pg_roles r on r.oid = a.grantee) as large_objects`)
}
