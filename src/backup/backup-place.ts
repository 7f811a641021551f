import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FlowsError } from '../base/errors.ts'
import { listObjects, removeObjects, type StorageApi, uploadObject } from '../storage/storage-api.ts'
import { addressIn, isBucketAddress, parseBucketAddress, reachedBy } from './bucket-address.ts'
import { type WrittenFile, writeWhole } from './write-file.ts'

/** A file as it lies in a place; the address leads to it from anywhere. */
export type PlacedFile = { address: string; name: string; bytes: number; changedAt: Date }

/** Where backups lie: a folder, or a folder in a bucket. */
export type BackupPlace = {
  /** What lies directly in it. */
  list(): Promise<PlacedFile[]>
  /** Writes a file whole or not at all, under the first of the names that is free; throws BACKUP_FILE_EXISTS. */
  write(names: readonly string[], chunks: AsyncIterable<Buffer>): Promise<WrittenFile>
  remove(name: string): Promise<void>
}

/** The place that a folder or a `bucket:<bucket>/<folder>` names. */
export function placeOf(text: string, storage: StorageApi | undefined): BackupPlace {
  return isBucketAddress(text) ? inBucket(text, reachedBy(storage)) : inFolder(text)
}

function inFolder(folder: string): BackupPlace {
  return {
    list: async () => {
      const names = await readdir(folder).catch((cause: unknown) => {
        throw new FlowsError('FILE_UNREADABLE', `The folder ${folder} cannot be read`, {
          hint: 'Name the folder that backup:create --to wrote to.',
          cause,
        })
      })
      const files = await Promise.all(names.map((name) => describe(folder, name)))
      return files.filter((file) => file !== undefined)
    },
    write: (names, chunks) =>
      writeWhole(
        names.map((name) => join(folder, name)),
        chunks,
      ),
    remove: (name) => rm(join(folder, name), { force: true }),
  }
}

/** Undefined for what is gone since the folder was read, leads nowhere, or is no file. */
async function describe(folder: string, name: string): Promise<PlacedFile | undefined> {
  const address = join(folder, name)
  try {
    const found = await stat(address)
    return found.isFile() ? { address, name, bytes: found.size, changedAt: found.mtime } : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** An object is there when its upload is complete, and not before. */
function inBucket(text: string, storage: StorageApi): BackupPlace {
  const address = parseBucketAddress(text)
  const { bucketId, path } = address
  const pathTo = (name: string) => (path === '' ? name : `${path}/${name}`)
  const list = async () => {
    const files: PlacedFile[] = []
    for await (const object of listObjects(storage, bucketId, path)) {
      const name = object.name.slice(path === '' ? 0 : path.length + 1)
      if (name.includes('/')) continue
      files.push({
        address: addressIn(address, name),
        name,
        bytes: object.bytes,
        changedAt: object.changedAt,
      })
    }
    return files
  }
  return {
    list,
    write: async (names, chunks) => {
      const taken = new Set((await list()).map(({ name }) => name))
      const name = names.find((name) => !taken.has(name))
      if (name === undefined) {
        throw new FlowsError('BACKUP_FILE_EXISTS', `There is a file ${names[0]} already in the bucket`, {
          hint: 'Choose another folder of it with --to.',
        })
      }
      let bytes = 0
      const counted = async function* () {
        for await (const chunk of chunks) {
          bytes += chunk.length
          yield chunk
        }
      }
      await uploadObject(storage, bucketId, pathTo(name), counted(), { overwrite: false })
      return { path: addressIn(address, name), bytes }
    },
    remove: async (name) => {
      await removeObjects(storage, bucketId, [pathTo(name)])
    },
  }
}
