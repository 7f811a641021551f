/** The parts of the API that are told apart. */
export const endpointClasses = [
  'rest',
  'rpc',
  'auth',
  'storage',
  'functions',
  'realtime',
  'graphql',
  'other',
] as const

/** A part of the API. */
export type EndpointClass = (typeof endpointClasses)[number]

/** One API call, as a gateway or server reports it. */
export type ApiEvent = Readonly<{
  /** The code of the client whose call it was. */
  client: string
  /** The application that called; one that the client does not have is counted as _other, none as _none. */
  app?: string | undefined
  /** A part of the API, or the path that was called, such as /rest/v1/invitations. */
  endpoint?: string | undefined
  /** The HTTP status of the answer. */
  status: number
  /** How long it took, in milliseconds. */
  ms?: number | undefined
  /** When it was; now if left out. */
  at?: Date | string | undefined
}>

/** What came of a batch; the first hundred refusals are listed, events numbered from 1. */
export type RecordedUsage = Readonly<{
  /** The batch was recorded before, and nothing was added. */
  duplicate: boolean
  recorded: number
  refused: number
  refusals: readonly Readonly<{ event: number; reason: string }>[]
}>

/**
 * The part of the API that is named, or that a path leads to, as Supabase's gateway divides them; a query behind the
 * path does not matter.
 */
export function endpointOf(text: string): EndpointClass {
  const path = /^\/([a-z]+)\/v1((?:[/?].*)?)$/.exec(text)
  const known = endpointClasses.find((name) => name === (path === null ? text : path[1]))
  if (known === undefined || path === null) return known ?? 'other'
  if (known === 'rest' && path[2]?.startsWith('/rpc/')) return 'rpc'
  return known === 'rpc' ? 'other' : known
}
