import { randomUUID } from 'node:crypto'
import { createBackup } from '../../src/backup/create-backup.ts'
import type { RestoreOptions } from '../../src/backup/restore-backup.ts'
import type { Client } from '../../src/clients/client.ts'
import type { Database } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'
import { redeemInvitation } from '../../src/invitations/redeem-invitation.ts'
import { invite, newClient } from '../invitations/client.ts'
import { keys, masterKey } from '../invitations/forge.ts'
import { tempFolder } from '../support/temp-folder.ts'

/** What a restore needs beside its file. */
export const settings: RestoreOptions['settings'] = { masterKey, storageBucketPrefix: 'flows' }

/** A project's own table, with what is hard to copy: generated columns, odd names, bytes, nulls, a ring of references. */
export const projectTable = `
  create table public."Case notes" (
    client_id uuid not null references flows.clients (id),
    id uuid not null default gen_random_uuid(),
    author_id uuid,
    "the ""text""" text collate "C",
    twice text generated always as (upper("the ""text""")) stored,
    raw bytea,
    amount numeric,
    reading double precision,
    took interval,
    seen timestamptz,
    answers uuid,
    primary key (client_id, id),
    foreign key (client_id, author_id) references flows.client_members (client_id, id),
    foreign key (client_id, answers) references public."Case notes" (client_id, id)
  );
  create table public.no_key (client_id uuid not null, word text, body json)`

/** A client with rows in every table of clients, of flows-db and of the project. */
export async function populatedClient(owner: Database, { files = true } = {}): Promise<Client> {
  const client = await newClient(owner)
  const first = await invite(owner, client, { permissions: ['documents:read'], maxUses: 3 })
  await redeemInvitation(owner, first.token, { authority: keys.authority, userId: randomUUID() })
  await redeemInvitation(owner, first.token, { authority: keys.authority, userId: randomUUID() })
  await invite(owner, client)
  if (files) {
    await owner.run(sql`
      insert into storage.objects (bucket_id, name, metadata)
      values (${`flows-${client.clientCode}`}, 'a.pdf', '{"size": 1234}')`)
  }
  await owner.run(sql`
    insert into flows_private.erasures (client_id, invitation_id, reason)
    values (${client.id}, gen_random_uuid(), 'request')`)
  await addNotes(owner, client)
  return client
}

async function addNotes(owner: Database, { id }: Client): Promise<void> {
  await owner.run(sql`
    insert into public."Case notes" (client_id, author_id, "the ""text""", raw, amount, reading, took, seen)
    select ${id}, m.id, t.text, '\\x00ff5c2e0a', 0.10, 0.1::float8 + 0.2::float8, '-1 year 3 days', '0044-03-15 12:00 BC'
    from flows.client_members m,
      unnest(array[E'two\\nlines\\t\\\\.', E'\\\\.', '', null, 'Ærø 🦊', '-- ; drop table x;']) as t (text)
    where m.client_id = ${id}`)
  await owner.run(sql`
    update public."Case notes" set answers = id where client_id = ${id}`)
  await owner.run(sql`
    insert into public.no_key values (${id}, 'b', '{"a":1}'), (${id}, 'B', null), (${id}, 'a', '[ 1 ]')`)
}

/** A backup of a client in a folder that goes with the test. */
export async function backUp(
  owner: Database,
  { clientCode }: Client,
  more: { withKeys?: boolean; passphrase?: string; file?: string } = {},
): Promise<string> {
  const { file } = await createBackup(owner, clientCode, { program: '0.0.1', folder: tempFolder(), ...more })
  return file
}

/** Changes, deletes and adds rows in every table of a client that a restore puts back. */
export async function damage(owner: Database, { id }: Client): Promise<void> {
  await owner.script(`
    update flows.clients set legal_name = 'Other', domain = null, status = 'inactive', deactivated_at = now() where id = '${id}';
    update flows.client_applications set settings = '{"a": 1}', app_name = 'Changed' where client_id = '${id}';
    delete from flows.invitation_redemptions where client_id = '${id}' and use_number = 2;
    update flows.invitations set permissions = '{admin}', used_count = 0, status = 'revoked', revoked_at = now() where client_id = '${id}';
    delete from public.no_key where client_id = '${id}';
    delete from public."Case notes" where client_id = '${id}' and raw is not null;
    delete from flows.client_members where client_id = '${id}';
    insert into flows.client_members (client_id, user_id) values ('${id}', gen_random_uuid());
    update flows_private.invitation_secrets set token_hash = sha256('x') where client_id = '${id}';
    update flows.client_buckets set object_count = 99, object_bytes = 99 where client_id = '${id}'`)
}
