import { sql } from '../../database/sql.ts'

/**
 * Every function and procedure as one jsonb; stands where `scope`, `asked_by_policies`, `foreign_made` and `grantee` are,
 * in the statement that reads the catalogue.
 */
export const routinesAsJson = sql`
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
  )`
