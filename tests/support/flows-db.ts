import { spawn } from 'node:child_process'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { inject } from 'vitest'
import { bundle } from '../../scripts/bundle.ts'

/** How a command ended and what it printed. */
export type Ended = { status: number | null; stdout: string; stderr: string }

/** Where and with what a command runs. Of this process's environment it gets only PATH and HOME. */
export type Surroundings = {
  cwd: string
  environment?: Readonly<Record<string, string>>
  /** What it reads from standard input; nothing if not given. */
  input?: string
}

/** The path of the program, bundled as it ships; made once a run, by whoever needs it first. */
export async function programPath(): Promise<string> {
  const folder = inject('programFolder')
  if (!existsSync(folder)) {
    const draft = `${folder}.${process.pid}`
    await bundle(draft)
    try {
      renameSync(draft, folder)
    } catch (error) {
      rmSync(draft, { recursive: true })
      // Another worker may have been first; its program is the same.
      if (!existsSync(folder)) throw error
    }
  }
  return `${folder}/cli.js`
}

/** Runs the program with a line of words, or with words that may hold blanks, and waits for its end. */
export async function flowsDb(line: string | readonly string[], surroundings: Surroundings): Promise<Ended> {
  const words = typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line
  const child = spawn(process.execPath, [await programPath(), ...words], {
    cwd: surroundings.cwd,
    env: { PATH: process.env.PATH, HOME: surroundings.cwd, ...surroundings.environment },
  })
  const ended: Ended = { status: null, stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    ended.stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    ended.stderr += chunk.toString()
  })
  child.stdin.end(surroundings.input ?? '')
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve({ ...ended, status }))
  })
}
