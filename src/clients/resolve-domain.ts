import { Resolver } from 'node:dns/promises'

/** What a domain resolves to now; `error` says in words why it does not. */
export type DomainResolution = {
  domain: string
  /** The name it stands for, if it is an alias. */
  cname: string | null
  addresses: string[]
  error: string | null
}

const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such name',
  ENODATA: 'the name has no address',
  ESERVFAIL: 'the name server failed',
  EREFUSED: 'the name server refused to answer',
  ETIMEOUT: 'no name server answered in time',
  ECONNREFUSED: 'no name server can be reached',
}

/** How to ask. */
export type ResolveOptions = {
  /** Name servers to ask instead of the machine's own, as `address:port`. */
  servers?: readonly string[]
  /** Milliseconds for one answer; 3,000 if not given. */
  timeout?: number
}

/** Asks the name servers what a domain leads to. Never throws: that it leads nowhere is an answer. */
export async function resolveDomain(
  domain: string,
  { servers, timeout = 3_000 }: ResolveOptions = {},
): Promise<DomainResolution> {
  const resolver = new Resolver({ timeout, tries: 1 })
  if (servers !== undefined) resolver.setServers(servers)
  const [cnames, four, six] = await Promise.allSettled([
    resolver.resolveCname(domain),
    resolver.resolve4(domain),
    resolver.resolve6(domain),
  ])
  const addresses = [four, six].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  const cname = cnames.status === 'fulfilled' ? (cnames.value[0] ?? null) : null
  const error = addresses.length === 0 && four.status === 'rejected' ? sayReason(four.reason) : null
  return { domain, cname, addresses, error }
}

function sayReason(reason: unknown): string {
  const code = (reason as NodeJS.ErrnoException).code ?? ''
  return reasons[code] ?? `the question failed (${code})`
}
