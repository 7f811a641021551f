import { FlowsError } from '../base/errors.ts'
import { printable } from '../base/printable.ts'
import type { Database } from '../database/database.ts'
import { brokenConstraint } from '../database/failures.ts'
import type { ClientDraft } from './client.ts'
import type { Tier } from './tier.ts'
import { selectTiers } from './tiers.queries.ts'

/** Says in the user's words which rule of the registry a change broke; anything else stays as it is. */
export async function clientFailure(
  cause: unknown,
  db: Database,
  { clientCode, domain, tier }: Pick<ClientDraft, 'clientCode' | 'domain' | 'tier'>,
): Promise<unknown> {
  switch (brokenConstraint(cause)) {
    case 'clients_client_code_key':
      return new FlowsError('CLIENT_CODE_TAKEN', `Client "${clientCode}" exists already`, {
        hint: `See it with: client:status ${clientCode}`,
        cause,
      })
    case 'clients_erased_code_check':
      return new FlowsError(
        'CLIENT_CODE_ERASED',
        `The code "${clientCode}" belonged to a client that was erased`,
        {
          hint: 'Choose another code, or say that the old client and the new one may be taken for one: --reuse-code',
          cause,
        },
      )
    case 'clients_domain_key':
      return new FlowsError('CLIENT_DOMAIN_TAKEN', `Another client has the domain "${domain}" already`, {
        hint: 'See which with: client:list',
        cause,
      })
    case 'clients_tier_fkey':
      return unknownTier(tier ?? '', await selectTiers(db), cause)
    case 'clients_tier_limits_check':
      return overLimit(cause)
    default:
      return cause
  }
}

/** The refusal of a tier that is not among those that there are. */
export function unknownTier(tier: string, known: readonly Tier[], cause?: unknown): FlowsError {
  const names = known.map(({ tier }) => tier).join(', ')
  return new FlowsError('CLIENT_TIER_UNKNOWN', `There is no tier "${printable(tier)}"`, {
    hint: `Choose one of: ${names}. More can be added in config/client-tiers.json, and take effect with: migrate:up`,
    cause,
  })
}

/** The refusal of a tier whose limits are below what is in use; the database says the figures. */
export function overLimit(cause: unknown): FlowsError {
  const figures = cause instanceof Error ? cause.message : ''
  return new FlowsError('CLIENT_OVER_LIMIT', `${figures}: the new limits are below what is in use`, {
    hint: 'Let members go or delete files first, or choose a larger tier.',
    cause,
  })
}
