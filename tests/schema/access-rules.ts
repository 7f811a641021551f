import { raw, sql } from '../../src/database/sql.ts'
import type { Rule } from './rules.ts'

/** The roles a request may come with, and those of Supabase's services. */
const apiRoles = raw(`(values ('anon'), ('authenticated'), ('service_role'), ('authenticator'),
  ('supabase_auth_admin'), ('supabase_storage_admin')) as api (role)`)

/** Relations of the schemas of flows-db that hold or show rows. */
const relations = raw(`(
  select oid, oid::regclass::text as name, relnamespace::regnamespace::text as schema
  from pg_class
  where relnamespace::regnamespace::text like 'flows%' and relkind in ('r', 'p', 'v', 'm', 'f')) relations`)

const functions = raw(`(
  select *, oid::regprocedure::text as name, pronamespace::regnamespace::text as schema
  from pg_proc
  where pronamespace::regnamespace::text like 'flows%') functions`)

/** What may be granted and executed, for everything that is or will be in the schemas. */
export const accessRules: readonly Rule[] = [
  {
    rule: 'no API role may look a name up in flows_private, nor use anything there',
    faults: sql`
      select role || ' may use flows_private' as fault
      from ${apiRoles}
      where has_schema_privilege(role, 'flows_private', 'usage, create')
      union all
      select format('%s on %s', role, name)
      from ${apiRoles}, ${relations}
      where schema = 'flows_private'
        and (has_any_column_privilege(role, oid, 'select, insert, update, references')
          or has_table_privilege(role, oid, 'delete, truncate, trigger'))
      union all
      select format('%s on %s', role, name)
      from ${apiRoles}, ${functions}
      where schema = 'flows_private' and has_function_privilege(role, oid, 'execute')`,
  },
  {
    rule: 'anon has no privilege on any relation',
    faults: sql`
      select name as fault
      from ${relations}
      where has_any_column_privilege('anon', oid, 'select, insert, update, references')
        or has_table_privilege('anon', oid, 'delete, truncate, trigger')`,
  },
  {
    rule: 'no role but the owner may truncate, reference, put triggers on or maintain a relation',
    faults: sql`
      select format('%s %s on %s', grantee::regrole, lower(privilege_type), oid::regclass) as fault
      from pg_class, aclexplode(relacl)
      where relnamespace::regnamespace::text like 'flows%' and grantee <> relowner
        and privilege_type not in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')`,
  },
  {
    rule: 'nobody may update whose a row is, or which one',
    faults: sql`
      select format('%s on %s.%s', role, name, attname) as fault
      from ${relations}
      join pg_attribute a on a.attrelid = relations.oid
      cross join (select role from ${apiRoles} union select 'flows_staff') as roles (role)
      where attname in ('id', 'client_id') and not attisdropped
        and has_column_privilege(role, relations.oid, attnum, 'update')`,
  },
  {
    rule: 'no API role may make anything in a schema of flows-db',
    faults: sql`
      select format('%s in %s', role, nspname) as fault
      from ${apiRoles}, pg_namespace
      where nspname like 'flows%' and has_schema_privilege(role, oid, 'create')`,
  },
  {
    rule: 'nobody may execute a function only by being somebody',
    faults: sql`
      select name as fault
      from ${functions}, aclexplode(coalesce(proacl, acldefault('f', proowner)))
      where grantee = 0`,
  },
  {
    rule: 'every function pins its search path',
    faults: sql`
      select name as fault
      from ${functions}
      where not coalesce('search_path=""' = any (proconfig), false)`,
  },
  {
    rule: 'what may do more than its caller is not exposed',
    faults: sql`
      select name as fault
      from ${functions}
      where prosecdef and schema not in ('flows_gate', 'flows_private')`,
  },
  {
    rule: 'no function claims to be leakproof',
    faults: sql`select name as fault from ${functions} where proleakproof`,
  },
  {
    rule: 'every view shows what its caller may see',
    faults: sql`
      select oid::regclass::text as fault
      from pg_class
      where relnamespace::regnamespace::text like 'flows%' and relkind in ('v', 'm')
        and not coalesce(reloptions && array['security_invoker=true', 'security_invoker=on'], false)`,
  },
]
