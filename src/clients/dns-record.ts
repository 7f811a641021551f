import { isIP } from 'node:net'

/** A DNS record to make, as a zone file or a provider's form wants it; ttl in seconds. */
export type DnsRecord = { type: 'CNAME'; name: string; value: string; ttl: number }

/** The record that leads a client's domain to this project: to the host of SUPABASE_URL, else to the audience's. */
export function dnsRecord(
  domain: string,
  { supabaseUrl, jwtAudience }: { supabaseUrl: string | undefined; jwtAudience: string },
): DnsRecord {
  const host = supabaseUrl === undefined ? '' : new URL(supabaseUrl).hostname
  const isName = host.includes('.') && isIP(host.replace(/^\[|\]$/g, '')) === 0
  return { type: 'CNAME', name: domain, value: isName ? host : jwtAudience, ttl: 3_600 }
}
