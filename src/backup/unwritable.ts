import { basename, dirname } from 'node:path'
import { FlowsError } from '../base/errors.ts'

const full = { reason: 'the disk is full', hint: 'Free some space there, or choose another folder.' }
const forbidden = {
  reason: 'this account may not write there',
  hint: "Check the folder's permissions, or choose another folder.",
}
const inTheWay = { reason: 'a file is where a folder should be', hint: 'Choose another folder.' }

const known: Readonly<Record<string, { reason: string; hint: string }>> = {
  ENOSPC: full,
  EDQUOT: full,
  EACCES: forbidden,
  EPERM: forbidden,
  ENOTDIR: inTheWay,
  EEXIST: inTheWay,
  EROFS: { reason: 'that file system can only be read', hint: 'Choose a folder on another one.' },
  ENAMETOOLONG: { reason: 'the name is too long', hint: 'Choose a shorter name.' },
  ENOENT: { reason: 'there is no such folder, and none can be made there', hint: 'Choose another folder.' },
}

/** The error for a file that could not be written, which says why; of a reason it does not know, the system's word for it. */
export function unwritable(path: string, cause: NodeJS.ErrnoException): FlowsError {
  const { reason, hint } = known[cause.code ?? ''] ?? {
    reason: `the system says ${cause.code}`,
    hint: 'Check the folder, its permissions and the free space.',
  }
  return new FlowsError(
    'FILE_UNWRITABLE',
    `The file ${basename(path)} cannot be written to ${dirname(path)}: ${reason}`,
    { hint, cause },
  )
}
