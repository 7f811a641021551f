import type { CreatedClient } from './create-client.ts'
import type { DnsRecord } from './dns-record.ts'
import { fillTemplate } from './fill-template.ts'
import type { Mail } from './mail.ts'

/** The mailbox of the setup addresses; a client's own is `<prefix>+<client code>@<domain>` (RFC 5233). */
export type SetupMailbox = { prefix: string; domain: string }

/** The mailbox that is configured, or undefined where either half of it is not. */
export function setupMailbox({
  setupEmailPrefix,
  setupEmailDomain,
}: {
  setupEmailPrefix: string | undefined
  setupEmailDomain: string | undefined
}): SetupMailbox | undefined {
  if (setupEmailPrefix === undefined || setupEmailDomain === undefined) return undefined
  return { prefix: setupEmailPrefix, domain: setupEmailDomain }
}

/** A client's setup address. */
export function setupAddress({ prefix, domain }: SetupMailbox, clientCode: string): string {
  return `${prefix}+${clientCode}@${domain}`
}

/** What the setup mail tells. */
export type SetupMailContent = {
  client: CreatedClient & { applications: readonly string[] }
  dnsRecord: DnsRecord | null
}

/** Writes the setup mail of a client from templates/setup-mail.txt and .html. */
export async function writeSetupMail(mailbox: SetupMailbox, content: SetupMailContent): Promise<Mail> {
  const { client, dnsRecord } = content
  const values = {
    clientCode: client.clientCode,
    legalName: client.legalName,
    tier: client.tier,
    region: client.region,
    bucketId: client.bucketId,
    domain: client.domain ?? 'none yet',
    applications: client.applications.join(', ') || 'none yet',
    dnsRecord:
      dnsRecord === null
        ? 'none: the client has no domain yet'
        : `${dnsRecord.name}. ${dnsRecord.ttl} IN ${dnsRecord.type} ${dnsRecord.value}.`,
  }
  return {
    from: `${mailbox.prefix}@${mailbox.domain}`,
    to: setupAddress(mailbox, client.clientCode),
    subject: `Set up ${client.clientCode}`,
    ...(await fillTemplate('setup-mail', values)),
  }
}
