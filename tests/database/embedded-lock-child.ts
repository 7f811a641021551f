import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pause } from '../../src/base/clock.ts'
import { withLock } from '../../src/database/embedded/lock.ts'
import { birthOf } from '../../src/database/embedded/processes.ts'

// Takes the lock of a folder some times over, and ends itself while it holds it the last time.
const [folder = '', rounds = '1'] = process.argv.slice(2)
const inside = join(folder, 'inside')

for (let round = Number(rounds); round > 0; round -= 1) {
  await withLock(join(folder, 'lock'), async () => {
    const other = readInside()
    if (other !== undefined && birthOf(other) !== undefined) appendFileSync(join(folder, 'overlaps'), 'one\n')
    writeFileSync(inside, String(process.pid))
    await pause(Math.random() * 3)
    appendFileSync(join(folder, 'turns'), 'one\n')
    if (round === 1) process.kill(process.pid, 'SIGKILL')
    rmSync(inside)
  })
}

function readInside(): number | undefined {
  try {
    return Number(readFileSync(inside, 'utf8'))
  } catch {
    return undefined
  }
}
