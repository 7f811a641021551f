import { clientByCode } from '../../clients/find-client.ts'
import { listMembers } from '../../members/list-members.ts'
import { memberRoles } from '../../members/member.ts'
import { command } from '../command.ts'
import { sayMoment } from '../moments.ts'
import { wholeNumber } from '../whole-number.ts'

/** Lists a client's members. */
export const memberList = command({
  name: 'member:list',
  about: "List a client's members, newest first",
  details: 'A member is known by the id of its sign-in only; who that is, Supabase Auth knows.',
  flags: {
    client: { value: 'code', about: 'the client', required: true },
    role: { value: 'role', about: 'only these', choices: memberRoles },
    status: { value: 'status', about: 'only these', choices: ['active', 'inactive'] },
    limit: { value: 'number', about: 'how many at the most', default: '100' },
  },
  examples: ['member:list --client acme', 'member:list --client acme --role admin --json'],
  lists: true,
  run: async (session, { client, role, status, limit }) => {
    const filter = {
      limit: wholeNumber(limit, 'limit', 1, 10_000),
      ...(role === undefined ? {} : { role }),
      ...(status === undefined ? {} : { status }),
    }
    const db = await session.database()
    return listMembers(db, (await clientByCode(db, client)).id, filter)
  },
  say: (members, style) =>
    members.length === 0
      ? 'There is no such member. People come in by invitation: invitation:create'
      : style.table([
          ['USER', 'ROLE', 'STATUS', 'PERMISSIONS', 'SINCE'],
          ...members.map(({ userId, role, status, permissions, createdAt }) => [
            userId,
            role,
            status === 'active' ? status : style.yellow(status),
            permissions.join(' '),
            sayMoment(createdAt),
          ]),
        ]),
})
