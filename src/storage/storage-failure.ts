import type { StorageError } from '@supabase/storage-js'
import { FlowsError } from '../base/errors.ts'

/** Which API was asked. */
type Asked = Readonly<{ address: string }>

/** What the API answered; throws what a refusal or silence means to whoever asked. */
export function answerOf<Data>(
  storage: Asked,
  result: { data: Data; error: null } | { data: null; error: StorageError },
): Data {
  if (result.error === null) return result.data
  throw failureOf(storage, result.error)
}

/** The API says its own status in the body; the status of HTTP is 400 for most refusals. */
function failureOf(storage: Asked, error: StorageError): FlowsError {
  const { status, statusCode = '', message } = error
  if (status === undefined) return unreachable(storage, error)
  const says = [String(status), statusCode, message]
  if (says.some((text) => /^(401|403|InvalidJWT|AccessDenied|.*JW[ST]\b.*)$/i.test(text))) {
    return new FlowsError(
      'STORAGE_KEY_WRONG',
      `The Storage API at ${storage.address} refuses the service key`,
      {
        hint: 'Compare SUPABASE_SERVICE_ROLE_KEY with the project settings of Supabase.',
        cause: error,
      },
    )
  }
  if (/bucket not found/i.test(message) || statusCode === 'NoSuchBucket') {
    return new FlowsError('BUCKET_NOT_FOUND', `There is no such storage bucket at ${storage.address}`, {
      hint: 'Check that SUPABASE_URL and DATABASE_URL are of the same project.',
      cause: error,
    })
  }
  if (/object not found/i.test(message) || statusCode === 'NoSuchKey') {
    return new FlowsError('STORAGE_OBJECT_NOT_FOUND', 'A file is not in the bucket any more', {
      hint: 'Try again.',
      cause: error,
    })
  }
  if (/already exists/i.test(message) || statusCode === 'KeyAlreadyExists') {
    return new FlowsError('STORAGE_OBJECT_EXISTS', 'There is a file of this name in the bucket already', {
      hint: 'Choose another name.',
      cause: error,
    })
  }
  if (/not empty/i.test(message) || statusCode === 'ResourceNotEmpty') {
    return new FlowsError('BUCKET_NOT_EMPTY', 'The storage bucket is not empty', {
      hint: 'Somebody may have uploaded meanwhile. Try again.',
      cause: error,
    })
  }
  return new FlowsError(
    'STORAGE_FAILED',
    `The Storage API at ${storage.address} failed (${statusCode || status})`,
    {
      hint: 'Try again; --debug shows what it said.',
      cause: error,
    },
  )
}

/** That the API did not answer, or broke off. */
export function unreachable({ address }: Asked, cause: unknown): FlowsError {
  return new FlowsError('STORAGE_UNREACHABLE', `The Storage API at ${address} cannot be reached`, {
    hint: 'Check SUPABASE_URL and the network.',
    cause,
  })
}
