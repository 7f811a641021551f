import { FlowsError } from '../../base/errors.ts'
import type { Probe } from '../surroundings.ts'
import { byAdvice, type Check, type Outcome } from './check.ts'

const mailServer: Check = {
  id: 'mail-server',
  group: 'services',
  levels: ['error'],
  means: 'The mail server of SMTP_URL does not answer, or refuses the user',
  why: 'No setup mail and no invitation reaches anybody.',
  mends: 'correct SMTP_URL, or start the mail server',
  needs: 'nothing',
  look: ({ surroundings }) =>
    ask(surroundings.mailServer, 'SMTP_URL is not set', 'greets and takes the user of SMTP_URL'),
}

const storageApi: Check = {
  id: 'storage-api',
  group: 'services',
  levels: ['error'],
  means: 'The Storage API of SUPABASE_URL does not answer, or refuses the service key',
  why: "Clients' files cannot be read or written, nor be part of a backup or an export.",
  mends: 'correct SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY, or see how the project is',
  needs: 'nothing',
  look: ({ surroundings }) =>
    ask(
      surroundings.storageApi,
      'SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY are not both set',
      'answers and takes the service key',
    ),
}

async function ask(probe: Probe | undefined, skipped: string, well: string): Promise<Outcome> {
  if (probe === undefined) return { skipped }
  try {
    await probe()
    return { well, faults: [] }
  } catch (error) {
    if (!(error instanceof FlowsError)) throw error
    return { well, faults: [{ what: error.message, remedy: byAdvice(error.hint ?? 'Look at: config:show') }] }
  }
}

/** Checks of the services beside the database. */
export const serviceChecks: readonly Check[] = [mailServer, storageApi]
