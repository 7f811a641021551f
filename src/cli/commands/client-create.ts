import { appTemplates, readAppTemplate } from '../../applications/app-template.ts'
import { provisionClient } from '../../applications/provision-client.ts'
import { FlowsError } from '../../base/errors.ts'
import { regions } from '../../clients/client.ts'
import { type ClientConfig, parseClientConfig } from '../../clients/client-config.ts'
import { dnsRecord } from '../../clients/dns-record.ts'
import { reuseClientCode } from '../../clients/reuse-client-code.ts'
import { sendSetupMail } from '../../clients/send-setup-mail.ts'
import { setupAddress, setupMailbox } from '../../clients/setup-mail.ts'
import { command, type Session } from '../command.ts'
import { layPairs } from '../lay-pairs.ts'

/** Registers a client with everything it needs. */
export const clientCreate = command({
  name: 'client:create',
  about: 'Register a client with its bucket, key and applications',
  details:
    'All of it happens in one transaction. Afterwards it prints the DNS record to make and the setup address; the ' +
    'setup mail is sent when SMTP_URL is set, and a mail server that is down does not undo the client.',
  flags: {
    'client-code': { value: 'code', about: 'short name; becomes bucket and sub-domain, and never changes' },
    'legal-name': { value: 'name', about: "the company's name" },
    domain: { value: 'host', about: 'the host under which the client is reached' },
    region: { value: 'region', about: 'where its data lives', choices: regions },
    tier: { value: 'tier', about: 'what it may use (free if not given)' },
    app: {
      value: 'code',
      about: `a built-in application to install: ${appTemplates.join(', ')}`,
      repeat: true,
    },
    'reuse-code': { about: 'take a code that a client had which was erased' },
    config: { value: 'file', about: 'read the client from a file like templates/client-config.json' },
  },
  examples: [
    'client:create --client-code hooli --legal-name "Hooli Inc" --domain hooli.thepia.net --region US --tier pro --app offboarding',
    'client:create --config templates/client-config.json --dry-run',
  ],
  changes: true,
  run: async (session, flags) => {
    const { settings } = session
    const { applications = [], ...draft } = await readConfig(session, flags)
    const configs = await Promise.all(applications.map(readAppTemplate))
    const client = await session.change(async (tx) => {
      if (flags['reuse-code']) await reuseClientCode(tx, draft.clientCode)
      return provisionClient(tx, draft, configs, settings)
    })
    const record = client.domain === null ? null : dnsRecord(client.domain, settings)
    const mailbox = setupMailbox(settings)
    const mail = session.dryRun
      ? null
      : await sendSetupMail(settings.smtpUrl, mailbox, { client, dnsRecord: record })
    if (mail?.sent === false)
      session.warn(`The client is ready, but its setup mail was not sent: ${mail.error}`)
    if (settings.smtpUrl !== undefined && mailbox === undefined) {
      session.warn('No setup mail is sent: SETUP_EMAIL_PREFIX or SETUP_EMAIL_DOMAIN is not set')
    }
    return {
      ...client,
      setupEmail: mailbox === undefined ? null : setupAddress(mailbox, client.clientCode),
      dnsRecord: record,
      mail,
    }
  },
  say: (client, style, { dryRun }) => {
    const { clientCode, tier, region, bucketId, applications, setupEmail, dnsRecord: record, mail } = client
    const [app = '<application>'] = applications
    return [
      `Client ${style.bold(clientCode)} ${dryRun ? 'would be made' : 'is ready'} (${tier}, ${region}).`,
      '',
      layPairs(style, [
        ['bucket', bucketId],
        ['applications', applications.join(', ') || 'none yet (app:install)'],
        ['setup address', setupEmail],
        ['setup mail', mail === null ? null : mail.sent ? style.green('sent') : style.red('not sent')],
      ]),
      ...(record === null
        ? []
        : [
            '',
            'Make this DNS record:',
            style.table([
              ['TYPE', 'NAME', 'VALUE', 'TTL'],
              [record.type, record.name, record.value, String(record.ttl)],
            ]),
          ]),
      '',
      `Next: invitation:create --client ${clientCode} --app ${app} --invitee <address> --expires-in 7d`,
    ].join('\n')
  },
})

type Flags = {
  'client-code': string | undefined
  'legal-name': string | undefined
  domain: string | undefined
  region: ClientConfig['region'] | undefined
  tier: string | undefined
  app: readonly string[]
  config: string | undefined
}

/** A flag wins over what the file says. */
async function readConfig(session: Session, flags: Flags): Promise<ClientConfig> {
  const file: Partial<ClientConfig> =
    flags.config === undefined ? {} : parseClientConfig(await session.readText(flags.config), flags.config)
  const clientCode = flags['client-code'] ?? file.clientCode
  const legalName = flags['legal-name'] ?? file.legalName
  const region = flags.region ?? file.region
  if (clientCode === undefined || legalName === undefined || region === undefined) {
    const missing = Object.entries({ 'client-code': clientCode, 'legal-name': legalName, region })
      .filter(([, value]) => value === undefined)
      .map(([name]) => `--${name}`)
    throw new FlowsError('USAGE', `Give ${missing.join(', ')} too, or the whole client with --config`, {
      hint: 'See how with: client:create --help',
    })
  }
  const domain = flags.domain ?? file.domain
  const tier = flags.tier ?? file.tier
  const applications = flags.app.length > 0 ? [...flags.app] : (file.applications ?? [])
  return {
    clientCode,
    legalName,
    region,
    applications: [...new Set(applications)],
    ...(domain === undefined ? {} : { domain }),
    ...(tier === undefined ? {} : { tier }),
  }
}
