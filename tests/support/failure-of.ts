import { FlowsError } from '../../src/base/errors.ts'

/** The code and message that work fails with; throws if it does not fail, or by a bug. */
export async function failureOf(
  work: Promise<unknown> | (() => unknown),
): Promise<{ code: string; message: string; hint: string | undefined }> {
  try {
    await (typeof work === 'function' ? work() : work)
  } catch (error) {
    if (!(error instanceof FlowsError)) throw error
    return { code: error.code, message: error.message, hint: error.hint }
  }
  throw new Error('It did not fail')
}
