import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { withLock } from '../../src/database/embedded/lock.ts'

const child = fileURLToPath(new URL('./embedded-lock-child.ts', import.meta.url))
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flows-lock-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

describe('the lock of a server', () => {
  test('is held by one process at a time, also when every one of them is killed while it holds it', async () => {
    const [processes, rounds] = [6, 40]
    symlinkSync(`${process.ppid}.1.left-behind`, join(folder, 'lock'))
    await Promise.all(Array.from({ length: processes }, () => contend(rounds)))
    expect(existsSync(join(folder, 'overlaps'))).toBe(false)
    expect(readFileSync(join(folder, 'turns'), 'utf8').trim().split('\n')).toHaveLength(processes * rounds)
  })

  test('is free again after its work has failed, and leaves nothing behind', async () => {
    const failing = withLock(join(folder, 'lock'), () => Promise.reject(new Error('no')))
    await expect(failing).rejects.toThrow('no')
    expect(await withLock(join(folder, 'lock'), async () => 'done')).toBe('done')
    expect(readdirSync(folder)).toEqual([])
  })

  test('is not waited for any longer once what it is wanted for has been done by its holder', async () => {
    let done: string | undefined
    let finish = () => {}
    const held = withLock(
      join(folder, 'lock'),
      () =>
        new Promise<void>((resolve) => {
          finish = resolve
        }),
    )
    const waiting = withLock(
      join(folder, 'lock'),
      async () => 'by myself',
      async () => done,
    )
    done = 'by the holder'
    expect(await waiting).toBe('by the holder')
    finish()
    await held
  })
})

function contend(rounds: number): Promise<unknown> {
  const contender = spawn(process.execPath, ['--import', 'tsx', child, folder, String(rounds)], {
    stdio: 'inherit',
  })
  return new Promise((resolve) => contender.once('exit', resolve))
}
