/** The addresses of the one server of a test run, by role; each leads to the database `postgres`. */
export type TestServer = {
  /** As the migrating role, no superuser. */
  url: string
  /** As PostgREST connects. */
  authenticatorUrl: string
  /** As the superuser, for what only a test may do. */
  adminUrl: string
}

/** The database, bootstrapped and migrated, of which each test file gets a copy. */
export const templateName = 'flows_template'

/** The same address for another database of the server. */
export function withDatabase(address: string, name: string): string {
  const url = new URL(address)
  url.pathname = `/${name}`
  return url.href
}

declare module 'vitest' {
  export interface ProvidedContext {
    testServer: TestServer
    /** Where the bundled program is put by the first test that runs it. */
    programFolder: string
  }
}
