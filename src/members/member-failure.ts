import { FlowsError } from '../base/errors.ts'
import { brokenConstraint } from '../database/failures.ts'

/** Says in the user's words which rule of a client's members a change broke; anything else stays as it is. */
export function memberFailure(cause: unknown): unknown {
  if (brokenConstraint(cause) !== 'client_members_max_users_check') return cause
  const figures = cause instanceof Error ? cause.message : ''
  return new FlowsError('MEMBER_LIMIT_REACHED', `${figures}: its tier allows no more`, {
    hint: 'Deactivate a member (member:update --status inactive) or raise the tier: client:update <code> --tier <tier>',
    cause,
  })
}
