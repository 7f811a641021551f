import { FlowsError } from '../base/errors.ts'
import { damaged } from './damaged.ts'

/** What an age file begins with. */
export const ageMark = Buffer.from('age-encryption.org/v1\n')

/** With what the last line of an age file's header begins: before it come the recipients, a hundred bytes each. */
const lastLineMark = '\n---'
const longestHeader = 1024 * 1024

/** Throws BACKUP_RECIPIENT_INVALID for what is no public key of age. */
export async function checkRecipients(recipients: readonly string[]): Promise<void> {
  await encrypterFor(recipients)
}

/** Seals chunks for the holders of keys, as the standard age tool does (https://age-encryption.org/v1). */
export async function* ageSealed(
  chunks: AsyncIterable<Buffer>,
  recipients: readonly string[],
): AsyncGenerator<Buffer, void> {
  const encrypter = await encrypterFor(recipients)
  yield* buffersOf(await encrypter.encrypt(streamOf(chunks)))
}

/**
 * Opens an age file; throws BACKUP_IDENTITY_WRONG where none of the identities fits, BACKUP_DAMAGED. Gives nothing out
 * unverified.
 */
export async function* ageOpened(
  chunks: AsyncIterable<Buffer>,
  identities: readonly string[],
): AsyncGenerator<Buffer, void> {
  const { Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  for (const identity of identities) decrypter.addIdentity(identity)
  let opened: ReadableStream<Uint8Array>
  try {
    opened = await decrypter.decrypt(streamOf(withShortHeader(chunks)))
  } catch (error) {
    if (error instanceof FlowsError) throw error
    if (!/no identity matched/.test(String(error)))
      throw damaged('Its beginning was changed or cut off', error)
    throw new FlowsError('BACKUP_IDENTITY_WRONG', 'The backup is not for any of these identities', {
      hint: 'Nothing was changed. Name the file with the right ones: --identity-file',
      cause: error,
    })
  }
  try {
    yield* buffersOf(opened)
  } catch (error) {
    if (error instanceof FlowsError) throw error
    throw damaged('A part of it was changed, moved or cut off', error)
  }
}

/** Recipients are read into memory before anything can be checked. */
async function* withShortHeader(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let before: Buffer = Buffer.alloc(0)
  let length = 0
  let isOver = false
  for await (const chunk of chunks) {
    if (!isOver) {
      isOver = Buffer.concat([before, chunk]).includes(lastLineMark)
      before = chunk.subarray(-lastLineMark.length)
      length += chunk.length
      if (!isOver && length > longestHeader)
        throw damaged('Its beginning is longer than any that was written')
    }
    yield chunk
  }
}

/** The identities of a file as age-keygen writes it; throws BACKUP_IDENTITY_INVALID, and never tells what stood there. */
export async function parseIdentities(text: string): Promise<string[]> {
  const lines = text.split('\n').map((line) => line.trim())
  const identities = lines.filter((line) => line !== '' && !line.startsWith('#'))
  try {
    await recipientsOf(identities)
    if (identities.length > 0) return identities
  } catch {
    // What is wrong with a secret is not said: the message might show it.
  }
  throw new FlowsError(
    'BACKUP_IDENTITY_INVALID',
    'The identity file holds no identity of age, or one that is none',
    {
      hint: 'Each line is AGE-SECRET-KEY-1..., as age-keygen writes it.',
    },
  )
}

/** The public keys of identities. */
export async function recipientsOf(identities: readonly string[]): Promise<string[]> {
  const { identityToRecipient } = await import('age-encryption')
  return Promise.all(identities.map((identity) => identityToRecipient(identity)))
}

async function encrypterFor(recipients: readonly string[]) {
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient)
    } catch (cause) {
      throw new FlowsError('BACKUP_RECIPIENT_INVALID', 'A recipient is no public key of age', {
        hint: 'It begins with age1; age-keygen -y shows it for an identity file.',
        cause,
      })
    }
  }
  return encrypter
}

function streamOf(chunks: AsyncIterable<Buffer>): ReadableStream<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { value, done } = await source.next()
      if (done === true) controller.close()
      else controller.enqueue(value)
    },
    cancel: async () => {
      await source.return?.()
    },
  })
}

async function* buffersOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Buffer, void> {
  for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>)
    yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}
