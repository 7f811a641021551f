import { FlowsError } from '../../base/errors.ts'
import { regions } from '../../clients/client.ts'
import { updateClient } from '../../clients/update-client.ts'
import { command } from '../command.ts'

/** Changes what the registry says of a client. */
export const clientUpdate = command({
  name: 'client:update',
  about: "Change a client's tier, name, domain or region",
  details:
    'A tier that allows less than the client uses is refused, with the figures. Changing the region changes the ' +
    'entry in the registry and moves no data.',
  arguments: [{ name: 'code', about: "the client's code", required: true }],
  flags: {
    tier: { value: 'tier', about: 'what it may use' },
    'legal-name': { value: 'name', about: "the company's name" },
    domain: { value: 'host', about: 'the host under which it is reached' },
    'remove-domain': { about: 'it has no domain any more' },
    region: { value: 'region', about: 'where its data lives', choices: regions },
  },
  examples: ['client:update acme --tier pro', 'client:update acme --legal-name "Acme Holding" --dry-run'],
  changes: true,
  run: (session, flags, code) => {
    const { tier, domain, region, 'legal-name': legalName, 'remove-domain': removeDomain } = flags
    const changes = {
      ...(tier === undefined ? {} : { tier }),
      ...(legalName === undefined ? {} : { legalName }),
      ...(removeDomain ? { domain: null } : {}),
      ...(domain === undefined ? {} : { domain }),
      ...(region === undefined ? {} : { region }),
    }
    if (Object.keys(changes).length === 0 || (removeDomain && domain !== undefined)) {
      throw new FlowsError('USAGE', 'Say what to change, and each thing once', {
        hint: 'For example: client:update <code> --tier pro',
      })
    }
    return session.change((tx) => updateClient(tx, code, changes))
  },
  say: ({ clientCode, legalName, domain, tier, region }, _, { dryRun }) =>
    `Client ${clientCode} ${dryRun ? 'would be' : 'is now'} ${legalName} (${[tier, region, ...(domain === null ? [] : [domain])].join(', ')}).`,
})
