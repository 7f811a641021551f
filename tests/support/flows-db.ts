import { type ChildProcess, spawn } from 'node:child_process'
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
  const { words, place } = await callOf(line, surroundings)
  const child = spawn(process.execPath, words, place)
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

/** Starts the program without a word to or from it, and gives the process, which may be killed, and its exit status. */
export async function startFlowsDb(
  line: string | readonly string[],
  surroundings: Omit<Surroundings, 'input'>,
): Promise<{ child: ChildProcess; ended: Promise<number | null> }> {
  const { words, place } = await callOf(line, surroundings)
  const child = spawn(process.execPath, words, { ...place, stdio: 'ignore' })
  return { child, ended: new Promise((resolve) => child.on('close', resolve)) }
}

async function callOf(line: string | readonly string[], { cwd, environment }: Surroundings) {
  const words = typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line
  const env = { PATH: process.env.PATH, HOME: cwd, ...environment }
  return { words: [await programPath(), ...words], place: { cwd, env } }
}
