import { parseAppConfig } from '../../applications/app-config.ts'
import { appTemplates, readAppTemplate } from '../../applications/app-template.ts'
import { installApplication } from '../../applications/install-application.ts'
import { FlowsError } from '../../base/errors.ts'
import { clientByCode } from '../../clients/find-client.ts'
import { command } from '../command.ts'

/** Gives a client an application. */
export const appInstall = command({
  name: 'app:install',
  about: 'Give a client an application with its permissions and settings',
  flags: {
    client: { value: 'code', about: 'the client', required: true },
    app: { value: 'code', about: `a built-in application: ${appTemplates.join(', ')}` },
    config: { value: 'file', about: 'or one described by a file like templates/app-config.json' },
  },
  examples: [
    'app:install --client acme --app onboarding',
    'app:install --client acme --config templates/app-config-onboarding.json --dry-run',
  ],
  changes: true,
  run: async (session, { client: code, app, config }) => {
    if ((app === undefined) === (config === undefined)) {
      throw new FlowsError('USAGE', 'Give either --app or --config', {
        hint: `For example: app:install --client <code> --app ${appTemplates[0]}`,
      })
    }
    const application =
      config === undefined
        ? await readAppTemplate(app ?? '')
        : parseAppConfig(await session.readText(config), config)
    return session.change(async (tx) => installApplication(tx, await clientByCode(tx, code), application))
  },
  say: ({ clientCode, appCode, appName, permissions }, _, { dryRun }) =>
    `Client ${clientCode} ${dryRun ? 'would have' : 'has'} ${appName} (${appCode}).\n` +
    `An invitation to it may grant: ${permissions.join(', ') || 'nothing'}`,
})
