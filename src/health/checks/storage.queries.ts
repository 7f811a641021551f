import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'

/** Clients without a bucket, and the statement that makes it. */
export function selectBucketlessClients(
  db: Database,
  prefix: string,
): Promise<{ clientCode: string; fix: string }[]> {
  return db.many(sql`
    select c.client_code, format('select flows_private.add_client_bucket(%L, %L);', c.id, ${prefix} || '-' || c.client_code) as fix
    from flows.clients c
    where not exists (select from flows.client_buckets b where b.client_id = c.id)
    order by c.client_code`)
}

/** Buckets that are named as a client's would be and belong to none, with what lies in them. */
export function selectOrphanedBuckets(
  db: Database,
  prefix: string,
): Promise<{ bucketId: string; objects: number; fix: string }[]> {
  return db.many(sql`
    select s.id as bucket_id, (select count(*) from storage.objects o where o.bucket_id = s.id) as objects,
      format(
        'begin; set local storage.allow_delete_query = ''true''; delete from storage.buckets where id = %L; commit;', s.id
      ) as fix
    from storage.buckets s
    where starts_with(s.id, ${prefix} || '-')
      and not exists (select from flows.client_buckets b where b.bucket_id = s.id)
    order by s.id`)
}

/** Buckets of clients that anybody may read. */
export function selectPublicBuckets(db: Database): Promise<{ bucketId: string; fix: string }[]> {
  return db.many(sql`
    select s.id as bucket_id, format('update storage.buckets set public = false where id = %L;', s.id) as fix
    from storage.buckets s
    join flows.client_buckets b on b.bucket_id = s.id
    where s.public
    order by s.id`)
}
