import { sayBytes } from '../../base/say-bytes.ts'
import { clientStatus as readStatus } from '../../clients/client-status.ts'
import { dnsRecord } from '../../clients/dns-record.ts'
import { type DomainResolution, resolveDomain } from '../../clients/resolve-domain.ts'
import { command, type Style } from '../command.ts'
import { layPairs } from '../lay-pairs.ts'
import { sayMoment } from '../moments.ts'
import { sayBar } from '../say-usage.ts'

/** Shows a client at a glance. */
export const clientStatus = command({
  name: 'client:status',
  about: 'Show what a client has, uses and may use',
  arguments: [{ name: 'code', about: "the client's code", required: true }],
  flags: { dns: { about: 'also ask the name servers what its domain leads to' } },
  examples: ['client:status acme', 'client:status acme --dns --json'],
  run: async (session, { dns }, code) => {
    const status = await readStatus(await session.database(), code)
    if (!dns) return status
    if (status.domain === null) return { ...status, dns: null }
    const expected = dnsRecord(status.domain, session.settings)
    return { ...status, dns: { ...(await resolveDomain(status.domain)), expected } }
  },
  say: (status, style) => {
    const { members, storage, invitations, applications, lastActivityAt, deactivatedAt } = status
    const open = Object.entries(invitations).filter(([, count]) => count > 0)
    return [
      `${style.bold(status.legalName)} (${status.clientCode})`,
      '',
      layPairs(style, [
        ['status', deactivatedAt === null ? style.green('active') : style.yellow(sayClosed(deactivatedAt))],
        ['tier', `${status.tier}: ${status.features.join(', ') || 'no features'}`],
        ['region', status.region],
        ['domain', status.domain ?? 'none'],
        ...('dns' in status && status.dns !== null ? [['leads to', sayDns(status.dns, style)] as const] : []),
        [
          'members',
          `${sayBar(members.percent, style)}  ${members.used} of ${members.limit}, ${members.admins} admin, ${members.inactive} inactive`,
        ],
        [
          'storage',
          `${sayBar(storage.percent, style)}  ${sayBytes(storage.used)} of ${sayBytes(storage.limit)}, ${storage.objects} files`,
        ],
        ['bucket', storage.bucketId ?? 'none'],
        ['applications', applications.join(', ') || 'none'],
        ['invitations', open.map(([state, count]) => `${count} ${state}`).join(', ') || 'none'],
        ['registered', sayMoment(status.createdAt)],
        ['last activity', lastActivityAt === null ? 'none' : sayMoment(lastActivityAt)],
      ]),
    ].join('\n')
  },
})

function sayClosed(since: Date): string {
  return `deactivated ${sayMoment(since)}: its members see nothing, its invitations cannot be redeemed`
}

type Dns = DomainResolution & { expected: { type: string; value: string } }

function sayDns({ cname, addresses, error, expected }: Dns, style: Style): string {
  const wanted = `${expected.type} ${expected.value}`
  if (error !== null) return `${style.red(error)}; it should be ${wanted}`
  const found = [...(cname === null ? [] : [cname]), addresses.join(', ')].join(' -> ')
  return cname === expected.value ? style.green(found) : `${style.yellow(found)}; it should be ${wanted}`
}
