import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import type { Catalog, Role } from './catalog.ts'

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
      (select jsonb_agg(jsonb_build_object(
          'oid', c.oid::int8, 'schema', c.nspname, 'name', c.relname, 'kind', c.relkind,
          'owner', pg_get_userbyid(c.relowner), 'rowSecurity', c.relrowsecurity, 'forced', c.relforcerowsecurity,
          'isPartition', c.relispartition, 'bound', pg_get_expr(c.relpartbound, c.oid),
          'partitionColumns', array(
            select a.attname from pg_inherits i join pg_partitioned_table t on t.partrelid = i.inhparent
            join pg_attribute a on a.attrelid = t.partrelid and a.attnum = any (t.partattrs::int2[])
            where i.inhrelid = c.oid and c.relispartition),
          'parents', array(select i.inhparent::int8 from pg_inherits i where i.inhrelid = c.oid),
          'options', coalesce(c.reloptions, '{}'), 'rows', c.reltuples, 'replicaIdentity', c.relreplident,
          'writable', array(
            select verb from (values (3, 'INSERT'), (2, 'UPDATE'), (4, 'DELETE')) v (bit, verb)
            where c.relkind in ('r', 'p', 'f') or c.relkind = 'v' and pg_relation_is_updatable(c.oid, true) & (1 << bit) <> 0),
          'reads', array(
            select distinct d.refobjid::int8 from pg_rewrite w
            join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
              and d.refclassid = 'pg_class'::regclass and d.refobjid <> c.oid
            where w.ev_class = c.oid and c.relkind in ('v', 'm')),
          'rules', array(select w.rulename from pg_rewrite w where w.ev_class = c.oid and w.rulename <> '_RETURN'),
          'columns', (
            select jsonb_agg(jsonb_build_object(
              'name', a.attname, 'number', a.attnum, 'type', format_type(a.atttypid, a.atttypmod),
              'baseType', format_type(b.oid, null), 'category', b.typcategory,
              'notNull', a.attnotnull or t.typnotnull, 'hasDefault', a.atthasdef or t.typdefault is not null,
              'default', case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end,
              'generated', a.attgenerated <> '', 'identity', a.attidentity,
              'length', case when b.typname in ('varchar', 'bpchar')
                then nullif(case when t.typtype = 'd' then t.typtypmod else a.atttypmod end, -1) - 4 end,
              'labels', (select jsonb_agg(e.enumlabel order by e.enumsortorder) from pg_enum e
                where e.enumtypid in (b.oid, b.typelem)),
              'domainChecks', (select jsonb_agg(jsonb_build_object('name', k.conname, 'definition', pg_get_constraintdef(k.oid)))
                from pg_constraint k where k.contypid = t.oid and t.typtype = 'd')
            ) order by a.attnum)
            from pg_attribute a
            join pg_type t on t.oid = a.atttypid
            join pg_type b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end
            left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
          'updatableColumns', array(
            select a.attname from pg_attribute a
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and c.relkind = 'v'
              and pg_column_is_updatable(c.oid, a.attnum, true)),
          'grants', (
            select jsonb_agg(jsonb_build_object(
              'role', g.rolname,
              'privileges', array(
                select p from unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) p
                where has_table_privilege(g.oid, c.oid, p)),
              'columns', (
                select jsonb_object_agg(p, array(
                  select a.attname from pg_attribute a
                  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                    and has_column_privilege(g.oid, c.oid, a.attnum, p)
                  order by a.attnum))
                from unnest('{SELECT,INSERT,UPDATE,REFERENCES}'::text[]) p)
            ))
            from grantee g
            where has_schema_privilege(g.oid, c.relnamespace, 'USAGE')
              and (has_table_privilege(g.oid, c.oid, 'SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER')
                or has_any_column_privilege(g.oid, c.oid, 'SELECT,INSERT,UPDATE,REFERENCES'))),
          'policies', (
            select jsonb_agg(jsonb_build_object(
              'name', p.polname, 'permissive', p.polpermissive,
              'verb', case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE' else 'ALL' end,
              'roles', array(select coalesce(r.rolname, 'public') from unnest(p.polroles) o left join pg_roles r on r.oid = o),
              'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid)
            ) order by p.polname)
            from pg_policy p where p.polrelid = c.oid),
          'constraints', (
            select jsonb_agg(jsonb_build_object(
              'name', k.conname, 'kind', k.contype, 'definition', pg_get_constraintdef(k.oid),
              'columns', array(select a.attname from unnest(k.conkey) with ordinality o (num, place)
                join pg_attribute a on a.attrelid = c.oid and a.attnum = o.num order by o.place),
              'target', nullif(k.confrelid, 0)::int8,
              'targetColumns', array(select a.attname from unnest(k.confkey) with ordinality o (num, place)
                join pg_attribute a on a.attrelid = k.confrelid and a.attnum = o.num order by o.place),
              'onDelete', k.confdeltype, 'deferrable', k.condeferrable
            ) order by k.conname)
            from pg_constraint k where k.conrelid = c.oid and k.contype in ('p', 'u', 'f', 'c', 'x')
              and k.conparentid = 0),
          'indexes', (
            select jsonb_agg(jsonb_build_object(
              'name', i.relname, 'method', m.amname, 'unique', x.indisunique, 'primary', x.indisprimary,
              'predicate', pg_get_expr(x.indpred, x.indrelid),
              'keys', (
                select jsonb_agg(jsonb_build_object(
                  'column', a.attname, 'expression', pg_get_indexdef(x.indexrelid, o.place::int, false),
                  'leakproof', o.num <> 0 and operators.leakproof, 'operators', operators.names) order by o.place)
                from unnest(x.indkey::int2[], x.indclass::oid[]) with ordinality o (num, class, place)
                left join pg_attribute a on a.attrelid = c.oid and a.attnum = o.num and o.num <> 0
                cross join lateral (
                  select coalesce(bool_and(f.proleakproof), false) as leakproof,
                    coalesce(string_agg(distinct q.oprname, ' ') filter (where not f.proleakproof), '') as names
                  from pg_opclass l
                  join pg_amop w on w.amopfamily = l.opcfamily and w.amoplefttype = l.opcintype and w.amoppurpose = 's'
                    and (m.amname not in ('btree', 'brin', 'hash') or w.amoprighttype = l.opcintype)
                  join pg_operator q on q.oid = w.amopopr
                  join pg_proc f on f.oid = q.oprcode
                  where l.oid = o.class
                ) operators
                where o.place <= x.indnkeyatts)
            ) order by i.relname)
            from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am m on m.oid = i.relam
            where x.indrelid = c.oid and x.indisvalid),
          'triggers', (
            select jsonb_agg(jsonb_build_object(
              'name', t.tgname, 'function', t.tgfoid::regproc::text, 'source', f.prosrc) order by t.tgname)
            from pg_trigger t join pg_proc f on f.oid = t.tgfoid
            where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled <> 'D'),
          'publications', array(select distinct p.pubname from pg_publication_tables p
            where p.schemaname = c.nspname and p.tablename = c.relname)
        ) order by c.nspname, c.relname)
        from relation c) as relations,
      (select jsonb_agg(jsonb_build_object(
          'oid', p.oid::int8, 'schema', p.nspname, 'name', p.proname, 'kind', p.prokind,
          'arguments', (
            select jsonb_agg(jsonb_build_object(
              'name', coalesce(p.proargnames[o.place], ''), 'type', format_type(o.type, null),
              'baseType', format_type(b.oid, null), 'category', b.typcategory,
              'optional', o.input > p.pronargs - p.pronargdefaults,
              'variadic', coalesce(p.proargmodes[o.place] = 'v', false)) order by o.place)
            from (
              select u.type, u.place, count(*) over (order by u.place) as input
              from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality u (type, place)
              where p.proargmodes is null or p.proargmodes[u.place] in ('i', 'b', 'v')
            ) o
            join pg_type t on t.oid = o.type
            join pg_type b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end),
          'returns', format_type(p.prorettype, null), 'owner', pg_get_userbyid(p.proowner),
          'definer', p.prosecdef, 'leakproof', p.proleakproof, 'volatility', p.provolatile,
          'settings', coalesce(p.proconfig, '{}'), 'language', l.lanname,
          'source', coalesce(pg_get_function_sqlbody(p.oid), p.prosrc),
          'isTrigger', p.prorettype in ('trigger'::regtype, 'event_trigger'::regtype),
          'callers', array(select g.rolname from grantee g
            where has_function_privilege(g.oid, p.oid, 'EXECUTE') and has_schema_privilege(g.oid, p.pronamespace, 'USAGE'))
        ) order by p.nspname, p.proname, p.oid)
        from (
          select p.*, s.nspname from pg_proc p join scope s on s.oid = p.pronamespace
          union all
          select p.*, n.nspname from asked_by_policies a join pg_proc p on p.oid = a.oid join pg_namespace n on n.oid = p.pronamespace
        ) p
        join pg_language l on l.oid = p.prolang
        where p.prokind in ('f', 'p')
          and not exists (select from foreign_made f where f.classid = 'pg_proc'::regclass and f.objid = p.oid)
      ) as routines,
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
