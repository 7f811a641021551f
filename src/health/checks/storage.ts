import { sayCount } from '../../base/say-count.ts'
import { byAdvice, bySql, type Check } from './check.ts'
import { selectBucketlessClients, selectOrphanedBuckets, selectPublicBuckets } from './storage.queries.ts'

const missing: Check = {
  id: 'bucket-missing',
  group: 'storage',
  levels: ['error'],
  means: 'A client has no storage bucket',
  why: 'It can store nothing.',
  mends: 'make it',
  needs: 'schema',
  look: async ({ db, surroundings }) => {
    const clients = await selectBucketlessClients(db, surroundings.storageBucketPrefix)
    const faults = clients.map(({ clientCode, fix }) => ({
      what: `Client ${clientCode} has no storage bucket`,
      remedy: bySql(fix),
    }))
    return { well: 'every client has its own', faults }
  },
}

const orphaned: Check = {
  id: 'bucket-orphaned',
  group: 'storage',
  levels: ['warning'],
  means: "A bucket is named as a client's would be and belongs to none",
  why: "No client's floor holds for it, and no client of that code can be created.",
  mends: 'delete it when it is empty',
  needs: 'schema',
  look: async ({ db, surroundings }) => {
    const buckets = await selectOrphanedBuckets(db, surroundings.storageBucketPrefix)
    const faults = buckets.map(({ bucketId, objects, fix }) => ({
      what: `The bucket ${bucketId} belongs to no client (${sayCount(objects, 'file')})`,
      remedy:
        objects === 0
          ? bySql(fix)
          : byAdvice(`Move its files elsewhere through the Storage API; when it is empty, delete it there.`),
    }))
    return { well: 'no bucket is left over', faults }
  },
}

const open: Check = {
  id: 'bucket-public',
  group: 'storage',
  levels: ['error'],
  means: "A client's bucket is public",
  why: 'Whoever knows or guesses the name of a file reads it, past every policy.',
  mends: 'make it private',
  needs: 'schema',
  look: async ({ db }) => {
    const faults = (await selectPublicBuckets(db)).map(({ bucketId, fix }) => ({
      what: `The bucket ${bucketId} is public`,
      remedy: bySql(fix),
    }))
    return { well: 'none is public', faults }
  },
}

/** Checks of clients against buckets. */
export const storageChecks: readonly Check[] = [missing, orphaned, open]
