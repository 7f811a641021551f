import { listApplications } from '../../applications/list-applications.ts'
import { clientByCode } from '../../clients/find-client.ts'
import { command } from '../command.ts'
import { sayMoment } from '../moments.ts'

/** Lists a client's applications. */
export const appList = command({
  name: 'app:list',
  about: "List a client's applications, newest first",
  flags: { client: { value: 'code', about: 'the client', required: true } },
  examples: ['app:list --client acme', 'app:list --client acme --jsonl'],
  lists: true,
  run: async (session, { client }) => {
    const db = await session.database()
    return listApplications(db, (await clientByCode(db, client)).id)
  },
  say: (applications, style) =>
    applications.length === 0
      ? 'The client has no application yet. Install one with: app:install'
      : style.table([
          ['APP', 'NAME', 'PERMISSIONS', 'INSTALLED'],
          ...applications.map(({ appCode, appName, permissions, createdAt }) => [
            appCode,
            appName,
            permissions.join(' '),
            sayMoment(createdAt),
          ]),
        ]),
})
