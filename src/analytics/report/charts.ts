import { escapeMarkup as e } from '../../base/markup.ts'
import type { ReportDay } from '../client-report.ts'

const [width, height, foot, top] = [720, 220, 30, 30]

/** Calls by day as bars, errors standing in them; the numbers are told when one is pointed at. */
export function callsChart(days: readonly ReportDay[]): string {
  const most = Math.max(...days.map(({ calls }) => calls))
  if (most <= 0) return '<p class="soft">No calls were counted.</p>'
  const bars = days.map(({ day, calls, errors }, place) => {
    const [x, wide] = slot(place, days.length)
    const told = e(`${day}: ${calls.toLocaleString('en')} calls, ${errors.toLocaleString('en')} errors`)
    return `<g><title>${told}</title>${bar(x, wide, calls / most, 'calls')}${bar(x, wide, errors / most, 'errors')}</g>`
  })
  return frame('API calls by day', days, most.toLocaleString('en'), bars.join(''))
}

/** Bytes by day as a line through the days that are known. */
export function storageChart(days: readonly ReportDay[], say: (bytes: number) => string): string {
  const known = days.flatMap(({ day, bytes }, place) => (bytes === null ? [] : [{ day, bytes, place }]))
  const most = Math.max(...known.map(({ bytes }) => bytes))
  if (known.length === 0) return '<p class="soft">No snapshots were taken.</p>'
  const points = known.map(({ day, bytes, place }) => {
    const [x, wide] = slot(place, days.length)
    return {
      x: round(x + wide / 2),
      y: heightOf(most === 0 ? 0 : bytes / most),
      told: e(`${day}: ${say(bytes)}`),
    }
  })
  const line = points.map(({ x, y }) => `${x},${y}`).join(' ')
  const dots = points.map(
    ({ x, y, told }) => `<circle class="dot" cx="${x}" cy="${y}" r="3"><title>${told}</title></circle>`,
  )
  return frame(
    'Files in the bucket by day',
    days,
    say(most),
    `<polyline class="line" points="${line}"/>${dots.join('')}`,
  )
}

type Kind = 'calm' | 'near' | 'full' | 'calls'

/** A bar that is filled so far, for a share from 0 to 1. */
export function meter(share: number | null, label: string, kind: Kind = kindOf(share)): string {
  const filled = Math.min(100, Math.max(0, Math.round((share ?? 0) * 100)))
  return `<svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="${e(label)}"><rect class="rail" width="100" height="6" rx="3"/><rect class="${kind}" width="${filled}" height="6" rx="3"/></svg>`
}

/** How near a limit is, by the share of it that is used. */
function kindOf(share: number | null): Kind {
  if (share === null || share < 0.8) return 'calm'
  return share < 1 ? 'near' : 'full'
}

function frame(label: string, days: readonly ReportDay[], most: string, inner: string): string {
  const ticks = days.flatMap(({ day }, place) => {
    if (place % 7 !== 0) return []
    const [x, wide] = slot(place, days.length)
    return [
      `<text x="${round(x + wide / 2)}" y="${height - 6}" text-anchor="middle">${e(String(Number(day.slice(8))))}</text>`,
    ]
  })
  const base = height - foot
  return `<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${e(label)}"><line class="rail" x2="${width}" y1="${top}" y2="${top}"/><line class="rail" x2="${width}" y1="${base}" y2="${base}"/><text y="${top - 7}">${e(most)}</text>${inner}${ticks.join('')}</svg>`
}

function slot(place: number, count: number): [number, number] {
  const step = width / count
  return [place * step, step]
}

function bar(x: number, wide: number, share: number, kind: string): string {
  if (share <= 0) return ''
  const y = heightOf(share)
  return `<rect class="${kind}" x="${round(x + 1.5)}" y="${y}" width="${round(wide - 3)}" height="${round(height - foot - y)}"/>`
}

/** Where a share of the largest value ends; what is there at all is seen. */
function heightOf(share: number): number {
  const room = height - foot - top
  return round(height - foot - (share > 0 ? Math.max(1.5, share * room) : 0))
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
