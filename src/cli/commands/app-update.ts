import { parseAppConfig } from '../../applications/app-config.ts'
import { updateApplication } from '../../applications/update-application.ts'
import { FlowsError } from '../../base/errors.ts'
import { clientByCode } from '../../clients/find-client.ts'
import { command } from '../command.ts'

/** Changes a client's application to what a file says. */
export const appUpdate = command({
  name: 'app:update',
  about: "Change a client's application to what a file says",
  details:
    'Name, permissions and settings become those of the file; print the present ones with app:list --json. ' +
    'Invitations issued before keep the permissions they were signed with.',
  flags: {
    client: { value: 'code', about: 'the client', required: true },
    app: { value: 'code', about: 'the application', required: true },
    config: { value: 'file', about: 'a file like templates/app-config.json', required: true },
  },
  examples: [
    'app:update --client acme --app offboarding --config templates/app-config.json',
    'app:update --client acme --app offboarding --config templates/app-config.json --dry-run --json',
  ],
  changes: true,
  run: async (session, { client, app, config }) => {
    const { appCode, ...changes } = parseAppConfig(await session.readText(config), config)
    if (appCode !== app) {
      throw new FlowsError('APPLICATION_CONFIG_INVALID', `${config} describes "${appCode}", not "${app}"`, {
        hint: 'The code of an application never changes; install the other one with: app:install',
      })
    }
    return session.change(async (tx) =>
      updateApplication(tx, (await clientByCode(tx, client)).id, app, changes),
    )
  },
  say: ({ clientCode, appCode, permissions }, _, { dryRun }) =>
    `The application ${appCode} of client ${clientCode} ${dryRun ? 'would be' : 'is'} changed. It may grant: ${permissions.join(', ') || 'nothing'}`,
})
