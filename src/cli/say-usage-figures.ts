import type { UsageFigures } from '../analytics/figures.ts'
import {
  sayChange,
  sayFull,
  sayMedian,
  sayMilliseconds,
  sayNumber,
  sayShare,
} from '../analytics/report/say-figures.ts'
import { sayBytes } from '../base/say-bytes.ts'
import type { Style } from './command.ts'
import { layPairs } from './lay-pairs.ts'
import { sayBar } from './say-usage.ts'

/** The figures of a month, each with its change against the month before. */
export function sayUsageFigures(figures: UsageFigures, before: UsageFigures, style: Style): string {
  const { members, invitations, storage, api } = figures
  const against = (value: number | null, then: number | null) => {
    const change = sayChange(value, then)
    return change === '' ? '' : style.dim(` (${change})`)
  }
  const bar = (percent: number | null) => (percent === null ? '' : `${sayBar(percent, style)}  `)
  const open = (['sent', 'opened', 'expired', 'revoked', 'pending'] as const).filter(
    (step) => invitations[step] > 0,
  )
  return layPairs(style, [
    [
      'members',
      `${bar(members.percent)}${sayNumber(members.active)} of ${sayNumber(members.limit)}${against(members.active, before.members.active)}`,
    ],
    [
      'invitations',
      (invitations.issued === 0
        ? 'none issued'
        : `${sayNumber(invitations.redeemed)} of ${sayNumber(invitations.issued)} redeemed, ${sayShare(invitations.redemptionRate)}`) +
        `${against(invitations.issued, before.invitations.issued)}` +
        `${open.map((step) => `, ${invitations[step]} ${step}`).join('')}`,
    ],
    [
      'to redeem',
      invitations.medianSecondsToRedeem === null
        ? null
        : `half of them within ${sayMedian(invitations.medianSecondsToRedeem)}`,
    ],
    [
      'storage',
      storage.bytes === null
        ? 'no snapshot'
        : `${bar(storage.percent)}${sayBytes(storage.bytes)} of ${sayBytes(storage.limit)} in ${sayNumber(storage.objects)} files${against(storage.bytes, before.storage.bytes)}`,
    ],
    [
      'growth',
      storage.growthBytes === null
        ? null
        : `${storage.growthBytes < 0 ? '-' : '+'}${sayBytes(Math.abs(storage.growthBytes))}, ${sayFull(storage.daysToFull)}`,
    ],
    ['API calls', `${sayNumber(api.calls)}${against(api.calls, before.api.calls)}`],
    [
      'errors',
      `${sayShare(api.errorRate)} (${sayNumber(api.errors)}), and ${sayNumber(api.refused)} answered with 400 to 499`,
    ],
    [
      'latency',
      `p50 ${sayMilliseconds(api.p50Ms)}, p95 ${sayMilliseconds(api.p95Ms)}, p99 ${sayMilliseconds(api.p99Ms)}` +
        style.dim(` (p95 was ${sayMilliseconds(before.api.p95Ms)})`),
    ],
  ])
}
