import { rmSync } from 'node:fs'

/** Files that are being written under a name of their own, each with whether it has its real name, too. */
const drafts = new Map<string, { isWhole: boolean }>()

/** Notes a draft before it is opened, so that an interruption removes it; whoever writes it says what becomes of it. */
export function noteDraft(path: string): { hasItsName: () => void; isGone: () => void } {
  const draft = { isWhole: false }
  drafts.set(path, draft)
  return {
    hasItsName: () => {
      draft.isWhole = true
    },
    isGone: () => void drafts.delete(path),
  }
}

/** Removes every draft at once, without waiting; gives how many were not whole yet, and those that could not be removed. */
export function removeDrafts(): { unfinished: number; left: string[] } {
  const unfinished = [...drafts.values()].filter(({ isWhole }) => !isWhole).length
  const left = [...drafts.keys()].filter((path) => !isRemoved(path))
  drafts.clear()
  return { unfinished, left }
}

function isRemoved(path: string): boolean {
  try {
    rmSync(path, { force: true })
    return true
  } catch {
    // The program is ending: whoever asked is told which file is left.
    return false
  }
}
