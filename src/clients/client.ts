import { FlowsError } from '../base/errors.ts'
import { printable } from '../base/printable.ts'

/** Where a client's data may live. */
export const regions = ['EU', 'US', 'APAC'] as const

/** One of the regions. */
export type Region = (typeof regions)[number]

/** A client company as the registry knows it. */
export type Client = {
  id: string
  clientCode: string
  legalName: string
  domain: string | null
  tier: string
  region: Region
  status: 'active' | 'inactive'
  createdAt: Date
}

/** What is needed to register a client; the tier is "free" if not given. */
export type ClientDraft = {
  clientCode: string
  legalName: string
  region: string
  domain?: string | undefined
  tier?: string | undefined
}

/** What client codes, application codes and tiers look like. */
export const codePattern = /^[a-z0-9]+(-[a-z0-9]+)*$/

/** Throws CLIENT_CODE_INVALID unless the code is 2 to 50 lower-case letters, digits and single dashes. */
export function checkClientCode(code: string): void {
  if (codePattern.test(code) && code.length >= 2 && code.length <= 50) return
  throw new FlowsError('CLIENT_CODE_INVALID', `"${printable(code)}" is not a client code`, {
    hint: 'Write 2 to 50 lower-case letters, digits and single dashes in between, such as acme or acme-corp.',
  })
}

/** Throws CLIENT_NAME_INVALID unless the name has 1 to 200 characters that can be printed, and no e-mail address in it. */
export function checkLegalName(name: string): void {
  if (/[^\s@]@[^\s@]/.test(name)) {
    throw new FlowsError('CLIENT_NAME_INVALID', 'The legal name holds an e-mail address', {
      hint: 'Write the name of the company: personal data stays out of the database.',
    })
  }
  if (name.trim() !== '' && name.length <= 200 && !/\p{C}/u.test(name)) return
  throw new FlowsError('CLIENT_NAME_INVALID', 'The legal name must have 1 to 200 printable characters', {
    hint: 'Write it on one line, such as "Acme Corporation".',
  })
}

/** Throws CLIENT_DOMAIN_INVALID unless the text is a full domain name in lower case (RFC 1035). */
export function checkDomain(domain: string): void {
  const labels = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/
  if (domain.length <= 253 && labels.test(domain)) return
  throw new FlowsError('CLIENT_DOMAIN_INVALID', `"${printable(domain)}" is not a domain name`, {
    hint: 'Write a host in lower case without protocol or path, such as acme.thepia.net.',
  })
}

/** Throws CLIENT_REGION_UNKNOWN unless the region is one of `regions`. */
export function checkRegion(region: string): asserts region is Region {
  if (regions.some((known) => known === region)) return
  throw new FlowsError('CLIENT_REGION_UNKNOWN', `There is no region "${printable(region)}"`, {
    hint: `Choose one of: ${regions.join(', ')}`,
  })
}

/** Throws the error of the first field of a draft that cannot stand. */
export function checkClientDraft(draft: ClientDraft): void {
  checkClientCode(draft.clientCode)
  checkLegalName(draft.legalName)
  if (draft.domain !== undefined) checkDomain(draft.domain)
  checkRegion(draft.region)
}
