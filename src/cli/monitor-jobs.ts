import { clearNotifications } from '../alerts/deliver-notifications.ts'
import type { Job } from '../alerts/monitor/job.ts'
import { rollUpUsage } from '../analytics/roll-up-usage.ts'
import { ensureAuditPartitions } from '../audit/ensure-audit-partitions.ts'
import { now } from '../base/clock.ts'
import type { Connection } from '../database/database.ts'
import { cleanupInvitations } from '../invitations/cleanup-invitations.ts'
import type { Session } from './command.ts'
import { version } from './version.ts'

const day = 86_400

/**
 * The work that monitor does by the clock. `owner` is a connection for this alone, since a job may hold it for long.
 */
export function monitorJobs({ settings }: Session, staff: Connection, owner: Connection): Job[] {
  const { backupFolder } = settings
  return [
    {
      name: 'invitation-cleanup',
      schedule: '17 * * * *',
      command: 'invitation:cleanup',
      run: async () => {
        const { expired, shredded } = await staff.transaction((tx) => cleanupInvitations(tx))
        return { expired, signingKeys: shredded.signingKeys }
      },
    },
    {
      name: 'usage-roll-up',
      schedule: '25 1 * * *',
      command: 'analytics:rollup',
      run: () => rollUpUsage(staff),
    },
    {
      name: 'audit-partitions',
      schedule: '40 2 * * *',
      command: 'migrate:up',
      run: async () => ({ added: await ensureAuditPartitions(owner) }),
    },
    {
      name: 'retention',
      schedule: '40 3 * * *',
      command: 'privacy:retention',
      run: async () => {
        const { applyRetention } = await import('../privacy/apply-retention.ts')
        const { clients, months, otherEvents } = await applyRetention(owner)
        return { clients: clients.length, months: months.length, otherEvents }
      },
    },
    {
      name: 'alert-retention',
      schedule: '50 2 * * *',
      command: 'alerts:check',
      run: async () => ({ deleted: await clearNotifications(staff, now()) }),
    },
    ...(backupFolder === undefined ? [] : [backupJob(backupFolder, owner)]),
  ]
}

function backupJob(folder: string, owner: Connection): Job {
  return {
    name: 'backup',
    schedule: '5 * * * *',
    command: 'backup:create --all --gzip --older-than 23h --keep 30d',
    run: async () => {
      const { createBackups } = await import('../backup/scheduled-backups.ts')
      const { created, failed, deleted, faulty } = await createBackups(owner, undefined, {
        program: version(),
        folder,
        compression: 'gzip',
        olderThan: day - 3_600,
        keep: 30 * day,
      })
      return {
        created: created.length,
        failed: failed.length,
        deleted: deleted.length,
        faulty: faulty.length,
      }
    },
  }
}
