import { regions } from '../../clients/client.ts'
import { listClients } from '../../clients/list-clients.ts'
import { command } from '../command.ts'
import { sayMoment } from '../moments.ts'
import { wholeNumber } from '../whole-number.ts'

/** Lists clients. */
export const clientList = command({
  name: 'client:list',
  about: 'List clients, newest first',
  flags: {
    status: { value: 'status', about: 'only these', choices: ['active', 'inactive'] },
    tier: { value: 'tier', about: 'only those of this tier' },
    region: { value: 'region', about: 'only those whose data lives here', choices: regions },
    limit: { value: 'number', about: 'how many at the most', default: '100' },
  },
  examples: ['client:list', 'client:list --status active --region EU --json'],
  lists: true,
  run: async (session, { limit, status, tier, region }) =>
    listClients(await session.database(), {
      limit: wholeNumber(limit, 'limit', 1, 10_000),
      ...(status === undefined ? {} : { status }),
      ...(tier === undefined ? {} : { tier }),
      ...(region === undefined ? {} : { region }),
    }),
  say: (clients, style) =>
    clients.length === 0
      ? 'There is no such client. Register one with: client:create'
      : style.table([
          ['CODE', 'NAME', 'DOMAIN', 'TIER', 'REGION', 'STATUS', 'CREATED'],
          ...clients.map(({ clientCode, legalName, domain, tier, region, status, createdAt }) => [
            clientCode,
            legalName,
            domain ?? '',
            tier,
            region,
            status === 'active' ? status : style.yellow(status),
            sayMoment(createdAt),
          ]),
        ]),
})
