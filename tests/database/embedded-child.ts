import { FlowsError } from '../../src/base/errors.ts'
import { ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'

const answer = await ensureEmbedded(JSON.parse(process.argv[2] ?? '')).catch((error: unknown) => {
  if (!(error instanceof FlowsError)) throw error
  return { code: error.code, message: error.message }
})
process.stdout.write(JSON.stringify(answer))
