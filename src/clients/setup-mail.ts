import { readFile } from 'node:fs/promises'
import { packagePath } from '../base/package-folder.ts'
import type { CreatedClient } from './create-client.ts'
import type { DnsRecord } from './dns-record.ts'
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
  const [text, html] = await Promise.all(
    ['setup-mail.txt', 'setup-mail.html'].map((file) => readFile(packagePath('templates', file), 'utf8')),
  )
  return {
    from: `${mailbox.prefix}@${mailbox.domain}`,
    to: setupAddress(mailbox, client.clientCode),
    subject: `Set up ${client.clientCode}`,
    text: fill(text ?? '', values),
    html: fill(html ?? '', values, escapeHtml),
  }
}

function fill(
  template: string,
  values: Readonly<Record<string, string>>,
  quote = (text: string) => text,
): string {
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`The template asks for {{${name}}}, which is not known`)
    return quote(value)
  })
}

function escapeHtml(text: string): string {
  const escapes: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? character)
}
