import { sql } from '../../database/sql.ts'

// What belongs to one relation `c`.

const columns = sql`
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
  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped`

const grants = sql`
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
      or has_any_column_privilege(g.oid, c.oid, 'SELECT,INSERT,UPDATE,REFERENCES'))`

const policies = sql`
  select jsonb_agg(jsonb_build_object(
    'name', p.polname, 'permissive', p.polpermissive,
    'verb', case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE' else 'ALL' end,
    'roles', array(select coalesce(r.rolname, 'public') from unnest(p.polroles) o left join pg_roles r on r.oid = o),
    'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid)
  ) order by p.polname)
  from pg_policy p where p.polrelid = c.oid`

const constraints = sql`
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
    and k.conparentid = 0`

const indexes = sql`
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
  where x.indrelid = c.oid and x.indisvalid`

/** Every relation as one jsonb; stands where `relation` and `grantee` are, in the statement that reads the catalogue. */
export const relationsAsJson = sql`
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
      'columns', (${columns}),
      'updatableColumns', array(
        select a.attname from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and c.relkind = 'v'
          and pg_column_is_updatable(c.oid, a.attnum, true)),
      'grants', (${grants}),
      'policies', (${policies}),
      'constraints', (${constraints}),
      'indexes', (${indexes}),
      'triggers', (
        select jsonb_agg(jsonb_build_object(
          'name', t.tgname, 'function', t.tgfoid::regproc::text, 'source', f.prosrc) order by t.tgname)
        from pg_trigger t join pg_proc f on f.oid = t.tgfoid
        where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled <> 'D'),
      'publications', array(select distinct p.pubname from pg_publication_tables p
        where p.schemaname = c.nspname and p.tablename = c.relname)
    ) order by c.nspname, c.relname)
    from relation c)`
