import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'

/** Clients without a bucket, and the statement that makes it, or gives them the one that is there by that name. */
export function selectBucketlessClients(
  db: Database,
  prefix: string,
): Promise<{ clientCode: string; fix: string }[]> {
  return db.many(sql`
    select c.client_code,
      case when exists (select from storage.buckets s where s.id = named.bucket)
        then format(
          'insert into flows.client_buckets (client_id, bucket_id, object_count, object_bytes) '
          'select %L, %L, count(*), coalesce(sum(flows_private.object_size(metadata)), 0) '
          'from storage.objects where bucket_id = %2$L;', c.id, named.bucket)
        else format('select flows_private.add_client_bucket(%L, %L);', c.id, named.bucket)
      end as fix
    from flows.clients c
    cross join lateral (select ${prefix} || '-' || c.client_code as bucket) named
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
      -- one that a client without a bucket is to be given is none
      and not exists (select from flows.clients c where s.id = ${prefix} || '-' || c.client_code)
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
