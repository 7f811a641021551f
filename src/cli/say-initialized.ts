import type { Initialized } from '../database/init-database.ts'

/** What was set up, in a sentence or two. */
export function sayInitialized({ address, embedded, platform, applied, dryRun }: Initialized): string {
  const place = `${embedded ? 'The embedded database' : 'The database'} at ${address}`
  const files = applied.map(({ version, name }) => `${version}_${name}.sql`).join(', ')
  if (dryRun && platform === 'plain') {
    return `${place} would get the roles and schemas of Supabase, then every migration. Nothing was changed.`
  }
  if (dryRun) return `${place} would get ${files || 'nothing: it is up to date'}. Nothing was changed.`
  return files === '' ? `${place} was up to date.` : `${place} is ready. Applied: ${files}.`
}
