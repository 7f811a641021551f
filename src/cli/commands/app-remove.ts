import { applicationByCode } from '../../applications/find-application.ts'
import { removeApplication } from '../../applications/remove-application.ts'
import { clientByCode } from '../../clients/find-client.ts'
import { command } from '../command.ts'

/** Takes an application from a client. */
export const appRemove = command({
  name: 'app:remove',
  about: 'Take an application and its settings from a client',
  details: 'Refused while there are invitations to it.',
  flags: {
    client: { value: 'code', about: 'the client', required: true },
    app: { value: 'code', about: 'the application', required: true },
    confirm: { value: 'code', about: "the client's code, when nobody is there to type it" },
  },
  examples: [
    'app:remove --client acme --app onboarding --confirm acme',
    'app:remove --client acme --app onboarding --confirm acme --dry-run',
  ],
  changes: true,
  run: async (session, { client: code, app, confirm }) => {
    const db = await session.database()
    await applicationByCode(db, (await clientByCode(db, code)).id, app)
    if (!session.dryRun) {
      await session.confirm(
        code,
        confirm,
        `The application "${app}" of client "${code}" and its settings will go.`,
      )
    }
    return session.change(async (tx) => removeApplication(tx, (await clientByCode(tx, code)).id, app))
  },
  say: ({ clientCode, appCode }, _, { dryRun }) =>
    `Client ${clientCode} ${dryRun ? 'would no longer have' : 'no longer has'} the application ${appCode}.`,
})
