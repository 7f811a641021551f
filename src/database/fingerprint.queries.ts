import { type Sql, sql } from './sql.ts'

type Part = (schemas: string[]) => Sql

/** Schemas and their owners. */
export const schemaLines: Part = (schemas) => sql`
  select format('schema %I owner %I', nspname, nspowner::regrole) as line
  from pg_namespace
  where nspname = any(${schemas})`

/** Tables, views, sequences and indexes as relations: kind, persistence, owner, RLS flags, partitioning, options. */
export const relationLines: Part = (schemas) => sql`
  select concat_ws(' ',
    format('relation %s kind %s persistence %s owner %s', c.oid::regclass, c.relkind, c.relpersistence,
      c.relowner::regrole),
    case when c.relrowsecurity then 'rls enabled' end,
    case when c.relforcerowsecurity then 'rls forced' end,
    case when c.relreplident <> 'n' then format('replica identity %s', c.relreplident) end,
    'with ' || c.reloptions::text,
    'partition by ' || pg_get_partkeydef(c.oid),
    (select string_agg(format('inherits %s', i.inhparent::regclass), ' ' order by i.inhseqno)
     from pg_inherits i where i.inhrelid = c.oid),
    pg_get_expr(c.relpartbound, c.oid)) as line
  from pg_class c
  where c.relnamespace = any(array(select oid from pg_namespace where nspname = any(${schemas})))
    and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')`

/** Columns: type, collation, default or generation, identity, not null. */
export const columnLines: Part = (schemas) => sql`
  select concat_ws(' ',
    format('column %s.%I %s', c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod)),
    case when a.attcollation <> t.typcollation then format('collate %s', a.attcollation::regcollation) end,
    case when a.attnotnull then 'not null' end,
    case a.attgenerated when '' then 'default ' else format('generated %s ', a.attgenerated) end
      || pg_get_expr(d.adbin, d.adrelid),
    case when a.attidentity <> '' then format('identity %s', a.attidentity) end,
    case when a.attstorage <> t.typstorage then format('storage %s', a.attstorage) end) as line
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid
  join pg_type t on t.oid = a.atttypid
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where c.relnamespace = any(array(select oid from pg_namespace where nspname = any(${schemas})))
    and c.relkind in ('r', 'p', 'v', 'm', 'f', 'c')
    and a.attnum > 0 and not a.attisdropped`

/** Constraints of tables and domains. */
export const constraintLines: Part = (schemas) => sql`
  select concat_ws(' ',
    format('constraint %s.%I', coalesce(nullif(k.conrelid, 0)::regclass::text, k.contypid::regtype::text), k.conname),
    pg_get_constraintdef(k.oid),
    case when not k.convalidated then 'not validated' end) as line
  from pg_constraint k
  where k.connamespace = any(array(select oid from pg_namespace where nspname = any(${schemas})))`

/** Indexes, and whether they are valid. */
export const indexLines: Part = (schemas) => sql`
  select concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid),
    case when not i.indisvalid then 'invalid' end,
    case when i.indisreplident then 'replica identity' end,
    case when i.indisclustered then 'clustered' end) as line
  from pg_index i
  join pg_class c on c.oid = i.indrelid
  where c.relnamespace = any(array(select oid from pg_namespace where nspname = any(${schemas})))
    and c.relkind in ('r', 'p', 'm')
  union all
  select 'statistics ' || pg_get_statisticsobjdef(s.oid)
  from pg_statistic_ext s
  where s.stxnamespace = any(array(select oid from pg_namespace where nspname = any(${schemas})))`

/** Row-level security policies. */
export const policyLines: Part = (schemas) => sql`
  select concat_ws(' ',
    format('policy %I on %I.%I as %s for %s to', policyname, schemaname, tablename, permissive, cmd),
    (select string_agg(quote_ident(role), ', ' order by role) from unnest(roles) role),
    'using (' || qual || ')',
    'with check (' || with_check || ')') as line
  from pg_policies
  where schemaname = any(${schemas})`

/** Triggers with the state they fire in, and rules other than those that make a view. */
export const triggerLines: Part = (schemas) => sql`
  select concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid), format('enabled %s', t.tgenabled)) as line
  from pg_trigger t
  join pg_class c on c.oid = t.tgrelid
  where c.relnamespace = any(array(select oid from pg_namespace where nspname = any(${schemas})))
    and not t.tgisinternal
  union all
  select concat_ws(' ', 'rule', pg_get_ruledef(r.oid), format('enabled %s', r.ev_enabled))
  from pg_rewrite r
  join pg_class c on c.oid = r.ev_class
  where c.relnamespace = any(array(select oid from pg_namespace where nspname = any(${schemas})))
    and r.rulename <> '_RETURN'`

/** The queries of views and materialized views; their options stand with the relation. */
export const viewLines: Part = (schemas) => sql`
  select format('view %s as %s', c.oid::regclass, pg_get_viewdef(c.oid)) as line
  from pg_class c
  where c.relnamespace = any(array(select oid from pg_namespace where nspname = any(${schemas})))
    and c.relkind in ('v', 'm')`

/** Functions and procedures in full; aggregates by their parts. */
export const functionLines: Part = (schemas) => sql`
  select format('function %s owner %s: %s', p.oid::regprocedure, p.proowner::regrole,
    case when p.prokind = 'a'
      then (select format('aggregate %s %s %s %s', g.aggtransfn, g.aggtranstype::regtype, g.aggfinalfn, g.agginitval)
            from pg_aggregate g where g.aggfnoid = p.oid)
      else pg_get_functiondef(p.oid)
    end) as line
  from pg_proc p
  where p.pronamespace = any(array(select oid from pg_namespace where nspname = any(${schemas})))`

/** Enums, domains, composite and range types; the types of tables and arrays follow from what they belong to. */
export const typeLines: Part = (schemas) => sql`
  select concat_ws(' ',
    format('type %s kind %s owner %s', t.oid::regtype, t.typtype, t.typowner::regrole),
    (select '(' || string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder) || ')'
     from pg_enum e where e.enumtypid = t.oid),
    case when t.typtype = 'd' then 'as ' || format_type(t.typbasetype, t.typtypmod) end,
    case when t.typnotnull then 'not null' end,
    'default ' || t.typdefault,
    (select format('of %s', r.rngsubtype::regtype) from pg_range r where r.rngtypid = t.oid)) as line
  from pg_type t
  left join pg_class c on c.oid = t.typrelid
  where t.typnamespace = any(array(select oid from pg_namespace where nspname = any(${schemas})))
    and t.typtype in ('e', 'd', 'c', 'r')
    and (t.typtype <> 'c' or c.relkind = 'c')`

/** Sequences, without the value they have reached. */
export const sequenceLines: Part = (schemas) => sql`
  select format('sequence %I.%I as %s start %s increment %s min %s max %s cache %s cycle %s owned by %s',
    s.schemaname, s.sequencename, s.data_type, s.start_value, s.increment_by, s.min_value, s.max_value,
    s.cache_size, s.cycle,
    (select format('%s.%I', d.refobjid::regclass, a.attname)
     from pg_depend d
     join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
     where d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')
       and d.objid = format('%I.%I', s.schemaname, s.sequencename)::regclass)) as line
  from pg_sequences s
  where s.schemaname = any(${schemas})`

/** What is granted on schemas, relations, columns, functions and types; defaults written out. */
export const grantLines: Part = (schemas) => sql`
  with objects (object, acl) as (
    select format('schema %I', nspname), coalesce(nspacl, acldefault('n', nspowner))
    from pg_namespace
    where nspname = any(${schemas})
    union all
    select c.oid::regclass::text,
           coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))
    from pg_class c
    where c.relnamespace = any(array(select oid from pg_namespace where nspname = any(${schemas})))
      and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
    union all
    select format('column %s.%I', c.oid::regclass, a.attname), a.attacl
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    where c.relnamespace = any(array(select oid from pg_namespace where nspname = any(${schemas})))
      and a.attacl is not null and not a.attisdropped
    union all
    select format('function %s', p.oid::regprocedure), coalesce(p.proacl, acldefault('f', p.proowner))
    from pg_proc p
    where p.pronamespace = any(array(select oid from pg_namespace where nspname = any(${schemas})))
    union all
    select format('type %s', t.oid::regtype), coalesce(t.typacl, acldefault('T', t.typowner))
    from pg_type t
    left join pg_class c on c.oid = t.typrelid
    where t.typnamespace = any(array(select oid from pg_namespace where nspname = any(${schemas})))
      and t.typtype in ('e', 'd', 'c', 'r')
      and (t.typtype <> 'c' or c.relkind = 'c')
  )
  select concat_ws(' ',
    format('grant %s on %s to %s', lower(privilege_type), object,
      case grantee when 0 then 'public' else grantee::regrole::text end),
    case when is_grantable then 'with grant option' end) as line
  from objects, aclexplode(acl)`

/** What alter default privileges has laid down for the schemas. */
export const defaultPrivilegeLines: Part = (schemas) => sql`
  select concat_ws(' ',
    format('default privileges of %s in schema %I on %s: %s to %s', d.defaclrole::regrole, n.nspname,
      d.defaclobjtype, lower(privilege_type), case grantee when 0 then 'public' else grantee::regrole::text end),
    case when is_grantable then 'with grant option' end) as line
  from pg_default_acl d
  join pg_namespace n on n.oid = d.defaclnamespace, aclexplode(d.defaclacl)
  where n.nspname = any(${schemas})`

/** Comments on anything in the schemas, and on the schemas. */
export const commentLines: Part = (schemas) => sql`
  select format('comment on %s %s is %L', o.type, o.identity, d.description) as line
  from pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) o
  where o.schema = any(${schemas})
     or (o.type = 'schema' and o.name = any(array(select quote_ident(s) from unnest(${schemas}::text[]) s)))
     or (o.schema is null and exists (
       select from unnest(${schemas}::text[]) s where o.identity like '% on ' || quote_ident(s) || '.%'))`

/** Roles of flows-db: attributes and settings. */
export const roleLines: Part = () => sql`
  select concat_ws(' ', 'role', quote_ident(rolname),
    case when rolcanlogin then 'login' end,
    case when rolinherit then 'inherit' end,
    case when rolbypassrls then 'bypassrls' end,
    case when rolcreaterole then 'createrole' end,
    case when rolcreatedb then 'createdb' end,
    case when rolreplication then 'replication' end,
    case when rolsuper then 'superuser' end,
    'set ' || rolconfig::text) as line
  from pg_roles
  where rolname like 'flows\_%'`

/** Memberships of which either side is a role of flows-db. */
export const membershipLines: Part = () => sql`
  select concat_ws(' ', format('membership of %s in %s', m.member::regrole, m.roleid::regrole),
    case when m.admin_option then 'admin' end,
    'inherit ' || (to_jsonb(m) ->> 'inherit_option'),
    'set ' || (to_jsonb(m) ->> 'set_option')) as line
  from pg_auth_members m
  where exists (
    select from pg_roles r where r.oid in (m.member, m.roleid) and r.rolname like 'flows\_%')`
