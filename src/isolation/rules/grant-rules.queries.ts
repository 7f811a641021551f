import { isPlatform, nameOf } from '../catalog/catalog.ts'
import { name } from '../engine/engine.queries.ts'
import { clientRoles } from '../world.ts'
import type { Breach, Rule } from './rule.ts'
import { at, owned } from './table-rules.queries.ts'

const familyOf = { TRUNCATE: 'truncate', TRIGGER: 'trigger', REFERENCES: 'foreign-key' } as const

const strayPrivileges: Rule = {
  id: 'stray-privilege',
  title: 'A client has a right that row-level security does not hold',
  why: "TRUNCATE ignores policies; TRIGGER runs code in other people's writes; REFERENCES tells of keys by what it accepts.",
  family: 'rule',
  find: (world) =>
    owned(world).flatMap(({ relation }) =>
      isPlatform(relation)
        ? []
        : relation.grants
            .filter(({ role }) => clientRoles(world).includes(role) && relation.owner !== role)
            .flatMap(({ role, privileges, columns }): Breach[] => {
              const stray = (['TRUNCATE', 'TRIGGER', 'REFERENCES'] as const).filter(
                (each) =>
                  privileges.includes(each) || (each === 'REFERENCES' && columns.REFERENCES.length > 0),
              )
              return stray.map((privilege) => ({
                object: nameOf(relation),
                actor: role,
                evidence: `${role} has ${privilege}.`,
                also: [familyOf[privilege]],
                fix: `revoke ${privilege.toLowerCase()} on ${at(relation)} from public, ${name(role)};`,
                show: `select has_table_privilege('${role}', '${at(relation)}', '${privilege}');`,
              }))
            }),
    ),
}

const published: Rule = {
  id: 'published-in-full',
  title: 'Deleted rows of a client-owned table are broadcast whole',
  why: 'Realtime does not apply row-level security to DELETE events; with REPLICA IDENTITY FULL they carry every column.',
  family: 'rule',
  find: (world) =>
    owned(world)
      .filter(({ relation }) => relation.publications.includes('supabase_realtime'))
      .map(({ relation }) => ({
        object: nameOf(relation),
        evidence:
          relation.replicaIdentity === 'f'
            ? 'It is in supabase_realtime with REPLICA IDENTITY FULL.'
            : 'It is in supabase_realtime: DELETE events carry its key to everyone who listens.',
        fix:
          relation.replicaIdentity === 'f'
            ? `alter table ${at(relation)} replica identity default;`
            : `alter publication supabase_realtime drop table ${at(relation)};`,
        ...(relation.replicaIdentity === 'f' ? {} : { note: true as const }),
      })),
}

const publicBucket: Rule = {
  id: 'bucket-public',
  title: 'Buckets of clients are public',
  why: 'Files of a public bucket are handed to anyone who knows their name, past every policy.',
  family: 'storage',
  also: ['rule'],
  find: (world) =>
    world.targets
      .filter(
        ({ storage, relation, rowB }) => storage && relation.name === 'buckets' && rowB?.public === 'true',
      )
      .map(() => ({
        object: 'storage.buckets',
        evidence: 'A bucket that says nothing of it becomes public.',
        fix: 'alter table storage.buckets alter column public set default false;',
        show: "select column_default from information_schema.columns where table_schema = 'storage' and table_name = 'buckets' and column_name = 'public';",
      })),
}

/** Rules about what is handed out past policies. */
export const grantRules: readonly Rule[] = [strayPrivileges, published, publicBucket]
