import { FlowsError } from '../base/errors.ts'
import type { Settings } from '../config/settings.ts'

/** The folder of the embedded server; throws DATABASE_NOT_EMBEDDED when DATABASE_URL names another database. */
export function requireEmbedded(settings: Settings): string {
  if (settings.databaseUrl === undefined) return settings.embeddedFolder
  throw new FlowsError(
    'DATABASE_NOT_EMBEDDED',
    'This works on the embedded database only, and DATABASE_URL is set',
    {
      hint: 'Unset DATABASE_URL (config:show tells where it comes from) and run the command again.',
    },
  )
}
