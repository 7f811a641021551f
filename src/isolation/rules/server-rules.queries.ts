import { fixedHoles, saferRelease } from '../../database/server-release.ts'
import { isTrusted } from '../actors.ts'
import { nameOf } from '../catalog/catalog.ts'
import { name } from '../engine/engine.queries.ts'
import { clientRoles } from '../world.ts'
import type { Breach, Rule } from './rule.ts'

const dangerous =
  /^pg_(read_all_data|write_all_data|read_server_files|write_server_files|execute_server_program)$/

const membership: Rule = {
  id: 'role-escalation',
  title: "A client's role can become, or has the rights of, one that isolation does not hold",
  why: 'SET ROLE or inherited rights lead past every policy.',
  family: 'escalation',
  find: (world) => {
    const staff = ['flows_staff']
    const owners = new Set(
      world.targets
        .filter(({ owner, storage }) => owner !== null && !storage)
        .map(({ relation }) => relation.owner),
    )
    return clientRoles(world).flatMap((from) => {
      const role = world.catalog.roles.find(({ name: each }) => each === from)
      const reached = [...new Set([...(role?.becomes ?? []), ...(role?.inherits ?? [])])]
      return reached.flatMap((to): Breach[] => {
        if (from === 'authenticator' && to === 'service_role') return []
        const target = world.catalog.roles.find(({ name: each }) => each === to)
        const high =
          dangerous.test(to) ||
          owners.has(to) ||
          staff.includes(to) ||
          (target !== undefined &&
            (target.superuser ||
              target.bypass ||
              target.createRole ||
              isTrusted(target, world.catalog, staff)))
        return high
          ? [
              {
                object: to,
                actor: from,
                evidence: `${from} is a member of ${to}.`,
                fix: `revoke ${name(to)} from ${name(from)};`,
                show: `select pg_has_role('${from}', '${to}', 'MEMBER');`,
              },
            ]
          : []
      })
    })
  },
}

const attributes: Rule = {
  id: 'role-attribute',
  title: "A client's role has a right over the whole server",
  why: 'BYPASSRLS, SUPERUSER, REPLICATION and CREATEROLE each lead past row-level security.',
  family: 'escalation',
  find: (world) =>
    clientRoles(world).flatMap((from) => {
      const role = world.catalog.roles.find(({ name: each }) => each === from)
      if (role === undefined) return []
      const has = [
        role.superuser && 'superuser',
        role.bypass && 'bypassrls',
        role.createRole && 'createrole',
        role.replication && 'replication',
      ].filter((each) => each !== false)
      return has.map((attribute) => ({
        object: from,
        actor: from,
        evidence: `${from} has ${attribute.toUpperCase()}.`,
        fix: `alter role ${name(from)} no${attribute};`,
        show: `select rolsuper, rolbypassrls, rolcreaterole, rolreplication from pg_roles where rolname = '${from}';`,
      }))
    }),
}

const ownership: Rule = {
  id: 'client-owns-table',
  title: "A client's role owns a client-owned table",
  why: 'An owner may switch row-level security off, and without FORCE passes it.',
  family: 'escalation',
  also: ['rule'],
  find: (world) =>
    world.targets
      .filter(({ relation, owner }) => owner !== null && clientRoles(world).includes(relation.owner))
      .map(({ relation }) => ({
        object: nameOf(relation),
        actor: relation.owner,
        evidence: `${relation.owner} owns it.`,
        fix: `alter table ${name(relation.schema, relation.name)} owner to current_user;`,
        show: `select tableowner from pg_tables where schemaname = '${relation.schema}' and tablename = '${relation.name}';`,
      })),
}

const schemaCreate: Rule = {
  id: 'schema-create',
  title: "A client's role may create objects in a schema",
  why: 'What it plants there is found by code that looks names up in that schema.',
  family: 'escalation',
  also: ['rule'],
  find: (world) =>
    world.catalog.schemas.flatMap(({ name: schema, create }) =>
      create
        .filter((role) => clientRoles(world).includes(role) && schema !== 'storage' && schema !== 'auth')
        .map((role) => ({
          object: schema,
          actor: role,
          evidence: `${role} has CREATE on ${schema}.`,
          fix: `revoke create on schema ${name(schema)} from public, ${name(role)};`,
          show: `select has_schema_privilege('${role}', '${schema}', 'CREATE');`,
        })),
    ),
}

const sequence: Rule = {
  id: 'sequence-open',
  title: 'A client may look at or move a sequence that all clients share',
  why: 'Its value tells how much other clients do, and whoever moves it disturbs them.',
  family: 'sequence',
  find: (world) =>
    world.catalog.sequences.flatMap(({ schema, name: each, relation, grants }) =>
      (grants ?? [])
        .filter(({ role }) => clientRoles(world).includes(role))
        .flatMap(({ role, privileges }): Breach[] => {
          const fills = world.catalog.relations
            .find(({ oid }) => oid === relation)
            ?.grants.some((grant) => grant.role === role && grant.columns.INSERT.length > 0)
          const wrong = privileges.filter((privilege) => privilege !== 'USAGE' || fills !== true)
          return wrong.length === 0
            ? []
            : [
                {
                  object: `${schema}.${each}`,
                  actor: role,
                  evidence: `${role} has ${wrong.join(', ')}.`,
                  fix: `revoke ${wrong.join(', ').toLowerCase()} on sequence ${name(schema, each)} from public, ${name(role)};`,
                  show: `set local role ${name(role)};\nselect last_value from ${name(schema, each)};`,
                },
              ]
        }),
    ),
}

const defaults: Rule = {
  id: 'default-privileges',
  title: 'New objects are opened to clients by default',
  why: 'A table made tomorrow is open before anybody thinks of row-level security.',
  family: 'rule',
  find: (world) =>
    world.catalog.defaultGrants
      .filter(
        ({ kind, grantee, privileges }) =>
          (kind === 'r' || kind === 'S') &&
          (grantee === 'public' || clientRoles(world).includes(grantee)) &&
          privileges.length > 0,
      )
      .map(({ owner, schema, kind, grantee, privileges }) => ({
        object: `${schema ?? 'every schema'} (${kind === 'r' ? 'tables' : 'sequences'} of ${owner})`,
        actor: grantee,
        evidence: `${grantee} will have ${privileges.join(', ')}.`,
        fix: `alter default privileges for role ${name(owner)}${schema === null ? '' : ` in schema ${name(schema)}`} revoke all on ${kind === 'r' ? 'tables' : 'sequences'} from ${grantee === 'public' ? 'public' : name(grantee)};`,
        show: 'select defaclobjtype, defaclacl from pg_default_acl;',
      })),
}

const largeObject: Rule = {
  id: 'large-object-open',
  title: 'A client may read or write a large object',
  why: 'Large objects belong to no table and have no row-level security.',
  family: 'large-object',
  find: (world) =>
    world.catalog.largeObjects
      .filter(({ role }) => role === 'public' || clientRoles(world).includes(role))
      .map(({ oid, role, privileges }) => ({
        object: `large object ${oid}`,
        actor: role,
        evidence: `${role} has ${privileges.join(', ')}.`,
        fix: `revoke all on large object ${oid} from ${role === 'public' ? 'public' : name(role)};`,
        show: `select lo_get(${oid});`,
      })),
}

const release: Rule = {
  id: 'server-version',
  title: 'This server has a known hole in row-level security',
  why: fixedHoles,
  family: 'version',
  find: ({ catalog: { version } }) => {
    const safer = saferRelease(version)
    if (safer === undefined) return []
    const present = `${Math.floor(version / 10_000)}.${version % 10_000}`
    return [
      {
        object: `PostgreSQL ${present}`,
        evidence: `The server is ${present}.`,
        fix: `-- install PostgreSQL ${safer} or newer`,
        show: 'show server_version;',
      },
    ]
  },
}

/** Rules about roles, schemas, sequences and the server itself. */
export const serverRules: readonly Rule[] = [
  membership,
  attributes,
  ownership,
  schemaCreate,
  sequence,
  defaults,
  largeObject,
  release,
]
