import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'

/** A file of a zip; its content is asked for when its turn comes, and not before. */
export type ZipEntry = { name: string; content: () => AsyncIterable<Buffer> }

/** A zip, chunk by chunk: one entry after another, none held in memory. */
export async function* zipped(entries: readonly ZipEntry[], moment: Date): AsyncGenerator<Buffer, void> {
  const zip = new ZipFile()
  const output = zip.outputStream as Readable
  let reading: Readable | undefined
  zip.on('error', (error: Error) => output.destroy(error))
  for (const { name, content } of entries) {
    zip.addReadStreamLazy(name, { mtime: moment, mode: 0o100600 }, (begin) => {
      reading = Readable.from(content(), { objectMode: false })
      begin(null, reading)
    })
  }
  zip.end()
  try {
    for await (const chunk of output) yield chunk
  } finally {
    // Whoever stopped listening must not leave the database sending.
    reading?.destroy()
  }
}
