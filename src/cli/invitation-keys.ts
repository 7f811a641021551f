import type { Settings } from '../config/settings.ts'
import type { InvitationKeys } from '../invitations/invitation-keys.ts'
import { tokenAuthority } from '../invitations/token/authority.ts'

/** What invitations are made and opened with, as the settings say. */
export function invitationKeys(settings: Settings): InvitationKeys {
  return { authority: tokenAuthority(settings), masterKey: settings.masterKey }
}
