import { mintToken } from '../../src/invitations/token/mint-token.ts'
import type { SigningAlgorithm } from '../../src/keys/signature-form.ts'
import { type Figure, noisyMeasures } from '../harness.ts'
import { table } from '../report.ts'
import type { MeasuredWork } from './bench-invitations.ts'
import { joseWorker } from './by-jose.ts'
import { algorithms, authorityOf, invitations, invitee } from './material.ts'

/** How many characters a typical token has: as minted, with the same invitee in clear, and with three JWE by jose. */
export type Bytes = { alg: SigningAlgorithm; ours: number; plain: number; jose: number }

/** Mints one token a way and measures it. */
export async function measureBytes(): Promise<Bytes[]> {
  const [material] = invitations(1)
  if (material === undefined) throw new Error('There is no invitation')
  const clear = { ...material.claims, invitation: { ...material.claims.invitation, invitee } }
  return Promise.all(
    algorithms.map(async (alg) => {
      const authority = authorityOf(alg)
      const [ours, plain] = [material.claims, clear].map((claims) => mintToken(authority, claims).length)
      const jose = await (await joseWorker(authority)).mint(material)
      return { alg, ours: ours ?? 0, plain: plain ?? 0, jose: jose.length }
    }),
  )
}

/** The tables of the invitations benchmark, as Markdown. */
export function reportInvitations(
  measured: readonly MeasuredWork[],
  bytes: readonly Bytes[],
  machine: string,
): string {
  const speed = table([
    ['work', 'bare µs', 'ours µs', 'control', 'of the bare calls', 'CPU', 'jose takes', 'CPU', 'rounds'],
    ...measured.map(row),
  ])
  const size = table([
    ['token', 'ours', 'in clear', 'three JWE by jose', 'ours to clear'],
    ...bytes.map(({ alg, ours, plain, jose }) => [
      alg,
      ...[ours, plain, jose].map(String),
      (ours / plain).toFixed(3),
    ]),
  ])
  return `Measured on ${machine}.\n\n${speed}\n\n${size}`
}

function row({ work, alg, comparison }: MeasuredWork): string[] {
  const { figures, rounds } = comparison
  const noisy = noisyMeasures(comparison)
  const of = (name: string, measure: string) => figures[name]?.[measure]
  const mark = (measure: string, text: string) => (noisy.includes(measure) ? `(${text})` : text)
  return [
    `${work}, ${alg}`,
    sayTime(of('baseline', 'wall')),
    sayTime(of('ours', 'wall')),
    mark('wall', (of('control', 'wall')?.ratio ?? Number.NaN).toFixed(3)),
    ...['wall', 'cpu'].map((measure) => mark(measure, sayShare(of('ours', measure)))),
    ...['wall', 'cpu'].map((measure) => `${(of('jose', measure)?.ratio ?? Number.NaN).toFixed(1)}x`),
    String(rounds),
  ]
}

function sayTime(figure: Figure | undefined): string {
  return (figure?.value ?? Number.NaN).toFixed(1)
}

/** The speed as a share of the other's: `0.82 ±0.01`. */
function sayShare(
  { ratio, spread }: Figure = { value: 0, ratio: Number.NaN, spread: 0, difference: 0 },
): string {
  return `${(1 / ratio).toFixed(2)} ±${(spread / ratio ** 2).toFixed(2)}`
}
