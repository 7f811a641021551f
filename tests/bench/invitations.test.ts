import { expect, test } from 'vitest'
import { measureInvitations } from '../../bench/invitations/bench-invitations.ts'
import { measureBytes, reportInvitations } from '../../bench/invitations/report-invitations.ts'

test('the invitations benchmark measures every work in every way, under every algorithm', async () => {
  const plan = { rounds: 1, sessions: 1, mostSessions: 1, block: 1, warmUp: 1 }
  const measured = await measureInvitations(plan, () => undefined)
  expect(measured.map(({ work, alg }) => `${work}, ${alg}`)).toEqual(
    ['HS256', 'ES256', 'EdDSA'].flatMap((alg) =>
      ['mint', 'validate', 'validate, terms unseen', 'validate and open'].map((work) => `${work}, ${alg}`),
    ),
  )
  for (const { comparison } of measured) {
    expect(Object.keys(comparison.figures)).toEqual(['baseline', 'control', 'ours', 'jose'])
    for (const { wall } of Object.values(comparison.figures)) expect(wall?.ratio).toBeGreaterThan(0)
  }
  const report = reportInvitations(measured, await measureBytes(), 'a machine')
  expect(report.match(/^\| validate, ES256 \|/gm)).toHaveLength(1)
})

test('a token is at most 1.27 times as long as the same token with the invitee in clear', async () => {
  for (const { alg, ours, plain, jose } of await measureBytes()) {
    expect({ alg, fits: ours / plain <= 1.27, shorter: ours < jose }).toEqual({
      alg,
      fits: true,
      shorter: true,
    })
  }
})
