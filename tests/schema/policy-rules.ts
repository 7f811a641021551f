import { raw, sql } from '../../src/database/sql.ts'
import type { Rule } from './rules.ts'

/** Client-owned tables with the column that says whose a row is. */
const owned = raw(`
  select c.oid, c.oid::regclass::text as name, a.attname as owner_column
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
    and a.attname = case c.oid when 'flows.clients'::regclass then 'id' else 'client_id' end
  where c.relnamespace::regnamespace::text like 'flows%' and c.relkind in ('r', 'p') and not c.relispartition`)

/** Every policy in the schemas of flows-db. */
const policies = raw(`
  select p.*, p.polrelid::regclass || ' ' || p.polname as name,
    pg_get_expr(p.polqual, p.polrelid) as using_text,
    pg_get_expr(p.polwithcheck, p.polrelid) as check_text
  from pg_policy p
  join pg_class c on c.oid = p.polrelid
  where c.relnamespace::regnamespace::text like 'flows%'`)

/** The floor and what may stand on it. */
export const policyRules: readonly Rule[] = [
  {
    rule: 'row-level security is on and forced, on every table with a client_id and every partition',
    faults: sql`
      select distinct c.oid::regclass::text as fault
      from pg_class c
      join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
      where c.relnamespace::regnamespace::text like 'flows%' and c.relkind in ('r', 'p')
        and (a.attname = 'client_id' or c.oid = 'flows.clients'::regclass)
        and not (c.relrowsecurity and c.relforcerowsecurity)`,
  },
  {
    rule: 'row-level security is on, whatever the table holds',
    faults: sql`
      select oid::regclass::text as fault
      from pg_class
      where relnamespace::regnamespace::text like 'flows%' and relkind in ('r', 'p') and not relrowsecurity`,
  },
  {
    rule: 'every client-owned table has one restrictive policy for everything, in the canonical form of the floor',
    faults: sql`
      select owned.name as fault
      from (${owned}) owned
      left join (${policies}) p on p.polrelid = owned.oid and not p.polpermissive
      group by owned.name, owned.owner_column
      having count(p.oid) <> 1 or not bool_and(
        p.polcmd = '*'
        and p.polroles @> array['anon', 'authenticated']::regrole[]::oid[]
        and cardinality(p.polroles) = 2
        and p.using_text = format(
          '(%I = ( SELECT flows.current_client_id() AS current_client_id))', owned.owner_column)
        and p.check_text = p.using_text)`,
  },
  {
    rule: 'every client-owned table has a policy for staff, which is for nobody else',
    faults: sql`
      select owned.name as fault
      from (${owned}) owned
      where not exists (
        select
        from (${policies}) p
        where p.polrelid = owned.oid and p.polpermissive and p.polroles = array['flows_staff'::regrole::oid])
      union all
      select name
      from (${policies}) p
      where 'flows_staff'::regrole = any (p.polroles) and cardinality(p.polroles) > 1`,
  },
  {
    rule: 'no permissive policy is for anon or for everybody',
    faults: sql`
      select name as fault
      from (${policies}) p
      where polpermissive and (0 = any (polroles) or 'anon'::regrole = any (polroles))`,
  },
  {
    rule: 'no policy believes what users write about themselves, or a header',
    faults: sql`
      select name as fault
      from (${policies}) p
      where concat_ws(' ', using_text, check_text) ~* 'user_?meta_?data|request\\.(headers|cookies)'`,
  },
]
