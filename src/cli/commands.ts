import type { AnyCommand } from './command.ts'

/**
 * Every command, in the order of the help; each is loaded only when it is wanted. `group:verb` lies in
 * commands/group-verb.ts as the export groupVerb (a test holds this list to that folder).
 */
const loaders = {
  quickstart: async () => (await import('./commands/quickstart.ts')).quickstart,
  'db:init': async () => (await import('./commands/db-init.ts')).dbInit,
  'db:init:dev': async () => (await import('./commands/db-init-dev.ts')).dbInitDev,
  'db:status': async () => (await import('./commands/db-status.ts')).dbStatus,
  'db:stop': async () => (await import('./commands/db-stop.ts')).dbStop,
  'migrate:up': async () => (await import('./commands/migrate-up.ts')).migrateUp,
  'migrate:status': async () => (await import('./commands/migrate-status.ts')).migrateStatus,
  'migrate:new': async () => (await import('./commands/migrate-new.ts')).migrateNew,
  'migrate:repair': async () => (await import('./commands/migrate-repair.ts')).migrateRepair,
  'client:create': async () => (await import('./commands/client-create.ts')).clientCreate,
  'client:list': async () => (await import('./commands/client-list.ts')).clientList,
  'client:status': async () => (await import('./commands/client-status.ts')).clientStatus,
  'client:update': async () => (await import('./commands/client-update.ts')).clientUpdate,
  'client:analytics': async () => (await import('./commands/client-analytics.ts')).clientAnalytics,
  'client:deactivate': async () => (await import('./commands/client-deactivate.ts')).clientDeactivate,
  'client:reactivate': async () => (await import('./commands/client-reactivate.ts')).clientReactivate,
  'app:install': async () => (await import('./commands/app-install.ts')).appInstall,
  'app:list': async () => (await import('./commands/app-list.ts')).appList,
  'app:update': async () => (await import('./commands/app-update.ts')).appUpdate,
  'app:remove': async () => (await import('./commands/app-remove.ts')).appRemove,
  'invitation:create': async () => (await import('./commands/invitation-create.ts')).invitationCreate,
  'invitation:validate': async () => (await import('./commands/invitation-validate.ts')).invitationValidate,
  'invitation:redeem': async () => (await import('./commands/invitation-redeem.ts')).invitationRedeem,
  'invitation:list': async () => (await import('./commands/invitation-list.ts')).invitationList,
  'invitation:revoke': async () => (await import('./commands/invitation-revoke.ts')).invitationRevoke,
  'invitation:resend': async () => (await import('./commands/invitation-resend.ts')).invitationResend,
  'invitation:import': async () => (await import('./commands/invitation-import.ts')).invitationImport,
  'invitation:funnel': async () => (await import('./commands/invitation-funnel.ts')).invitationFunnel,
  'invitation:cleanup': async () => (await import('./commands/invitation-cleanup.ts')).invitationCleanup,
  'keys:list': async () => (await import('./commands/keys-list.ts')).keysList,
  'keys:rotate': async () => (await import('./commands/keys-rotate.ts')).keysRotate,
  'keys:export': async () => (await import('./commands/keys-export.ts')).keysExport,
  'privacy:export': async () => (await import('./commands/privacy-export.ts')).privacyExport,
  'privacy:retention': async () => (await import('./commands/privacy-retention.ts')).privacyRetention,
  'privacy:scan': async () => (await import('./commands/privacy-scan.ts')).privacyScan,
  'privacy:erase': async () => (await import('./commands/privacy-erase.ts')).privacyErase,
  'member:list': async () => (await import('./commands/member-list.ts')).memberList,
  'member:update': async () => (await import('./commands/member-update.ts')).memberUpdate,
  'backup:create': async () => (await import('./commands/backup-create.ts')).backupCreate,
  'backup:list': async () => (await import('./commands/backup-list.ts')).backupList,
  'backup:verify': async () => (await import('./commands/backup-verify.ts')).backupVerify,
  'backup:restore': async () => (await import('./commands/backup-restore.ts')).backupRestore,
  'audit:list': async () => (await import('./commands/audit-list.ts')).auditList,
  'analytics:usage': async () => (await import('./commands/analytics-usage.ts')).analyticsUsage,
  'analytics:ingest': async () => (await import('./commands/analytics-ingest.ts')).analyticsIngest,
  'analytics:rollup': async () => (await import('./commands/analytics-rollup.ts')).analyticsRollup,
  'alerts:check': async () => (await import('./commands/alerts-check.ts')).alertsCheck,
  'alerts:list': async () => (await import('./commands/alerts-list.ts')).alertsList,
  'alerts:ack': async () => (await import('./commands/alerts-ack.ts')).alertsAck,
  'alerts:silence': async () => (await import('./commands/alerts-silence.ts')).alertsSilence,
  monitor: async () => (await import('./commands/monitor.ts')).monitor,
  'test:reset': async () => (await import('./commands/test-reset.ts')).testReset,
  'health-check': async () => (await import('./commands/health-check.ts')).healthCheck,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  'isolation:prove': async () => (await import('./commands/isolation-prove.ts')).isolationProve,
  commands: async () => (await import('./commands/commands.ts')).commands,
  completion: async () => (await import('./commands/completion.ts')).completion,
  'config:show': async () => (await import('./commands/config-show.ts')).configShow,
} satisfies Record<string, () => Promise<AnyCommand>>

/** The names of all commands, in the order of the help. */
export const commandNames: readonly string[] = Object.keys(loaders)

/** Loads the command of this name; undefined if there is none. */
export async function loadCommand(name: string): Promise<AnyCommand | undefined> {
  const load = Object.entries(loaders).find(([known]) => known === name)?.[1]
  return load?.()
}

/** Loads every command, in the order of the help. */
export function loadCommands(): Promise<AnyCommand[]> {
  return Promise.all(Object.values(loaders).map((load): Promise<AnyCommand> => load()))
}
