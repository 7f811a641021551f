import { pipeline } from 'node:stream/promises'
import { constants, createBrotliCompress, createBrotliDecompress, createGunzip, createGzip } from 'node:zlib'
import { FlowsError } from '../base/errors.ts'
import { damaged } from './damaged.ts'

/** How a backup is packed, by the ending of its name. */
export type Compression = 'none' | 'gzip' | 'brotli'

/** The endings of names, by compression. */
export const endings = { none: '', gzip: '.gz', brotli: '.br' } as const satisfies Record<Compression, string>

/** What a backup may unpack to: this many times its size, and this many bytes in any case. */
const most = { ratio: 1_000, bytes: 64 * 1024 * 1024 }

/** Packs chunks. The fastest level: a backup of ids hardly shrinks further, and the slower ones cost minutes. */
export function compressed(chunks: AsyncIterable<Buffer>, compression: Compression): AsyncIterable<Buffer> {
  if (compression === 'none') return chunks
  const packing =
    compression === 'gzip'
      ? createGzip({ level: 1 })
      : createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })
  return through(chunks, packing)
}

/** Unpacks chunks; throws BACKUP_DAMAGED or, where the first bytes are of no known kind, BACKUP_FOREIGN. */
export async function* decompressed(
  chunks: AsyncIterable<Buffer>,
  compression: Compression,
): AsyncGenerator<Buffer, void> {
  if (compression === 'none') {
    yield* chunks
    return
  }
  let packed = 0
  let unpacked = 0
  const counted = async function* () {
    for await (const chunk of chunks) {
      packed += chunk.length
      yield chunk
    }
  }
  const unpacking = compression === 'gzip' ? createGunzip() : createBrotliDecompress()
  try {
    for await (const chunk of through(counted(), unpacking)) {
      unpacked += chunk.length
      if (unpacked > most.bytes && unpacked > most.ratio * packed) {
        throw damaged(`It unpacks to more than ${most.ratio} times its size`)
      }
      yield chunk
    }
  } catch (error) {
    throw unpackingFailure(error, unpacked)
  }
}

async function* through(
  chunks: AsyncIterable<Buffer>,
  stage: NodeJS.ReadWriteStream & AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void> {
  let failure: unknown
  const feeding = pipeline(chunks, stage).catch((error: unknown) => {
    failure = error
  })
  try {
    for await (const chunk of stage) yield chunk
  } catch (error) {
    // The stage may say only that it was cut off; why, the other end knows.
    await feeding
    throw failure ?? error
  }
  await feeding
  if (failure !== undefined) throw failure
}

function unpackingFailure(error: unknown, unpacked: number): unknown {
  const { code = '' } = error as { code?: string }
  if (!/^(Z_|ERR__ERROR|ERR_BROTLI|ABORT_ERR|ERR_STREAM_PREMATURE_CLOSE)/.test(code)) return error
  if (unpacked > 0 || code === 'Z_BUF_ERROR') return damaged('It cannot be unpacked to its end', error)
  return new FlowsError('BACKUP_FOREIGN', 'The file is no backup of flows-db', {
    hint: 'Take a file that backup:create wrote; backup:list shows what there is.',
    cause: error,
  })
}
