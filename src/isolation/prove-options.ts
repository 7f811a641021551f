import type { Waiver } from './waivers.ts'

/** What to prove and how; everything not said is found in the catalogue. */
export type ProveOptions = {
  /** Two clients that exist, by code or key; two are made and taken back if not given. */
  client?: string | undefined
  other?: string | undefined
  /** Schemas to prove; all but the server's and the platform's if not given. */
  schemas?: readonly string[] | undefined
  tenantColumn?: string | undefined
  /** table(user_column, tenant_column) */
  membership?: string | undefined
  /** Where the client is told: a path into the claims, or setting:<name>. */
  claim?: string | undefined
  /** Relations to prove, as schema.table; all if not given. */
  tables?: readonly string[] | undefined
  families?: readonly string[] | undefined
  /** Leaves out what takes locks beyond a reader's. */
  readOnlyFamilies?: boolean | undefined
  /** Roles of the operator's own people. */
  staff?: readonly string[] | undefined
  waivers?: readonly Waiver[] | undefined
  progress?: ((text: string) => void) | undefined
}
