import type { Application } from '../applications/application.ts'
import { parseDuration, sayDuration } from '../base/duration.ts'
import { FlowsError } from '../base/errors.ts'
import { maxLifetime } from './token/claims.ts'

const usual = 7 * 86_400

/**
 * Seconds that an invitation to an application lives: as wanted, else 7 days, within 366 days and the application's own
 * `settings.invitations.maxExpiry`. Throws INVITATION_EXPIRY_INVALID, or APPLICATION_CONFIG_INVALID where that setting
 * is none: a rule that cannot be read is not taken for absent.
 */
export function lifetime(wanted: number | undefined, application: Application): number {
  const most = Math.min(maxLifetime, maxExpiry(application))
  if (wanted === undefined) return Math.min(usual, most)
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= most) return wanted
  throw new FlowsError('INVITATION_EXPIRY_INVALID', `An invitation lives at most ${sayDuration(most)}`, {
    hint:
      most === maxLifetime
        ? 'Choose a shorter time: --expires-in 30d'
        : `So the settings of ${application.appCode} say (invitations.maxExpiry): choose a shorter --expires-in.`,
  })
}

function maxExpiry({ appCode, clientCode, settings }: Application): number {
  const { invitations } = settings
  if (invitations === undefined) return maxLifetime
  try {
    const { maxExpiry } = invitations as { maxExpiry?: unknown }
    return maxExpiry === undefined ? maxLifetime : parseDuration(String(maxExpiry))
  } catch (cause) {
    throw new FlowsError(
      'APPLICATION_CONFIG_INVALID',
      `The setting invitations.maxExpiry of ${appCode} is no duration`,
      { hint: `Mend it with: app:update --client ${clientCode} --app ${appCode}`, cause },
    )
  }
}
