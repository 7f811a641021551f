import { expect, test } from 'vitest'
import { invite, newClient } from '../invitations/client.ts'
import { jwtSecret, masterKey } from '../invitations/forge.ts'
import { testDatabase } from '../support/database.ts'
import { flowsDb } from '../support/flows-db.ts'
import { tempFolder } from '../support/temp-folder.ts'

const { staff, url } = await testDatabase()
const environment = {
  JWT_SECRET: jwtSecret,
  FLOWS_MASTER_KEY: masterKey.toString('base64'),
  DATABASE_URL: url,
}
const run = (...words: readonly string[]) =>
  flowsDb(['privacy:erase', ...words], { cwd: tempFolder(), environment })

test('privacy:erase wants the code, erases, clears, and says where copies may lie and until when', async () => {
  const client = await newClient(staff)
  const { invitationCode, id } = await invite(staff, client)
  const unconfirmed = await run('--invitation', invitationCode, '--json')
  expect({ status: unconfirmed.status, error: JSON.parse(unconfirmed.stderr).error.code }).toEqual({
    status: 4,
    error: 'CONFIRMATION_REQUIRED',
  })
  const erased = await run(
    '--invitation',
    id,
    '--confirm',
    client.clientCode,
    '--backups-kept',
    '30d',
    '--json',
  )
  expect({ status: erased.status, stderr: erased.stderr }).toEqual({ status: 0, stderr: '' })
  const { erasedAt, goneBy, ...rest } = JSON.parse(erased.stdout)
  expect(rest).toMatchObject({ clientCode: client.clientCode, invitations: [{ id, invitationCode }] })
  expect(rest.remains.length).toBeGreaterThan(1)
  expect(Date.parse(goneBy) - Date.parse(erasedAt)).toBe(30 * 86_400_000)
  const again = await run('--invitation', id, '--confirm', client.clientCode)
  expect({ status: again.status, said: again.stderr.includes('is erased already') }).toEqual({
    status: 5,
    said: true,
  })
})
