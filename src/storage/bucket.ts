/** A client's bucket and what lies in it now; the counts are kept by the database. */
export type Bucket = { bucketId: string; objectCount: number; objectBytes: number }
