import { text } from 'node:stream/consumers'
import { openPromise } from 'yauzl'

/** The files of a zip as text, by name, read by another library than the one that wrote it; checks sizes and CRCs. */
export async function unzip(path: string): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  const zip = await openPromise(path, { strictFileNames: true })
  for await (const entry of zip.eachEntry())
    files.set(entry.fileName, await text(await zip.openReadStreamPromise(entry)))
  return files
}
