import { FlowsError } from '../../base/errors.ts'
import { clientByCode } from '../../clients/find-client.ts'
import { memberRoles } from '../../members/member.ts'
import { updateMember } from '../../members/update-member.ts'
import { command } from '../command.ts'

/** Changes what a person is inside a client. */
export const memberUpdate = command({
  name: 'member:update',
  about: 'Make a member an admin, or put it out and let it in again',
  details:
    'It takes effect with the next access token of that person (an hour at the most, as Supabase Auth is set by ' +
    'default).',
  flags: {
    client: { value: 'code', about: 'the client', required: true },
    user: { value: 'id', about: "the id of the person's sign-in (member:list)", required: true },
    role: { value: 'role', about: 'what the person is inside the client', choices: memberRoles },
    status: { value: 'status', about: 'inactive puts the person out', choices: ['active', 'inactive'] },
  },
  examples: [
    'member:update --client acme --user 0b8f6f0e-7f1c-4f6d-8a55-1f6f5f0f7a11 --role admin',
    'member:update --client acme --user 0b8f6f0e-7f1c-4f6d-8a55-1f6f5f0f7a11 --status inactive --dry-run',
  ],
  changes: true,
  run: (session, { client, user, role, status }) => {
    if (role === undefined && status === undefined) {
      throw new FlowsError('USAGE', 'Say what to change: --role or --status', {
        hint: 'For example: member:update --client <code> --user <id> --role admin',
      })
    }
    const changes = { ...(role === undefined ? {} : { role }), ...(status === undefined ? {} : { status }) }
    return session.change(async (tx) => updateMember(tx, await clientByCode(tx, client), user, changes))
  },
  say: ({ clientCode, userId, role, status }, _, { dryRun }) =>
    `The member ${userId} of client ${clientCode} ${dryRun ? 'would be' : 'is now'} ${status === 'active' ? role : status}.`,
})
