import { existsSync } from 'node:fs'
import { writeWhole } from '../backup/write-file.ts'
import { FlowsError } from '../base/errors.ts'

/** Throws BACKUP_FILE_EXISTS for the name of a certificate that a file has already. */
export function refuseTaken(path: string): void {
  if (!existsSync(path)) return
  throw new FlowsError('BACKUP_FILE_EXISTS', `There is a file ${path} already`, {
    hint: 'Nothing was erased. Choose another name with --certificate.',
  })
}

/**
 * Erases while the file of the certificate is open already, out of sight, so that a place that cannot be written to is
 * found before anything is erased. Throws FILE_UNWRITABLE, which says whether the client is erased.
 */
export async function keepingCertificate<
  Erased extends { readonly certificate: { readonly clientCode: string } },
>(
  path: string,
  clientCode: string,
  erase: () => Promise<Erased>,
): Promise<{ erased: Erased; certificateFile: string }> {
  const outcome: { erased?: Erased; failure?: unknown } = {}
  const chunks = async function* () {
    try {
      outcome.erased = await erase()
    } catch (error) {
      outcome.failure = error
      throw error
    }
    yield Buffer.from(`${JSON.stringify(outcome.erased.certificate, null, 2)}\n`)
  }
  try {
    const { path: certificateFile } = await writeWhole([path], chunks())
    if (outcome.erased !== undefined) return { erased: outcome.erased, certificateFile }
    throw new Error('A certificate was written, and nothing was erased')
  } catch (cause) {
    if (outcome.failure !== undefined) throw outcome.failure
    if (!(cause instanceof FlowsError)) throw cause
    throw outcome.erased === undefined
      ? new FlowsError('FILE_UNWRITABLE', cause.message, {
          hint: 'Nothing was erased. Choose another place with --certificate.',
          cause,
        })
      : new FlowsError(
          'FILE_UNWRITABLE',
          `Client ${clientCode} IS erased; only the certificate could not be written: ${cause.message}`,
          {
            hint: `Get it with: privacy:erase --client ${clientCode} --confirm ${clientCode} --certificate <another file>`,
            cause,
          },
        )
  }
}
