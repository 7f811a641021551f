import { openInvitee, sealInvitee } from '../../src/invitations/invitee-cipher.ts'
import type { TokenAuthority } from '../../src/invitations/token/authority.ts'
import { inviteeFields, type SealedInvitee } from '../../src/invitations/token/claims.ts'
import { mintToken } from '../../src/invitations/token/mint-token.ts'
import { verifyToken } from '../../src/invitations/token/verify-token.ts'
import { bareMint, bareOpen, bareVerify } from './bare.ts'
import { joseWorker } from './by-jose.ts'
import { invitations, invitee } from './material.ts'

/** One operation in three ways; each is called with a number that says which of the invitations it is about. */
export type Work = Readonly<{
  name: string
  bare(turn: number): void
  ours(turn: number): void
  jose(turn: number): Promise<unknown>
}>

/**
 * Minting, validating, and validating with opening, under one authority; 64 invitations of the same terms take turns, and
 * for one of the works 512 with terms of their own, more than are remembered.
 */
export async function worksOf(authority: TokenAuthority): Promise<Work[]> {
  const materials = invitations(64)
  const jose = await joseWorker(authority)
  const ready = await Promise.all(
    materials.map(async (material) => {
      const token = mintToken(authority, material.claims)
      const [header, payload, signature = ''] = token.split('.')
      return {
        material,
        token,
        signingInput: Buffer.from(`${header}.${payload}`),
        signature: Buffer.from(signature, 'base64url'),
        sealed: sealedOf(material.claims.invitation.invitee),
        byJose: await jose.mint(material),
      }
    }),
  )
  const unseen = invitations(512).map(({ claims }, number) => {
    const permissions = ['documents:read', 'documents:write', `tasks:${number}`]
    return mintToken(authority, { ...claims, invitation: { ...claims.invitation, permissions } })
  })
  const { signingKey } = authority
  const at = (turn: number) => ready[turn % ready.length] as (typeof ready)[number]
  return [
    {
      name: 'mint',
      bare: (turn) => bareMint(at(turn).material, at(turn).signingInput, signingKey),
      ours: (turn) => {
        const { claims, keys } = at(turn).material
        const invitation = { ...claims.invitation, invitee: sealInvitee(invitee, keys) }
        mintToken(authority, { ...claims, invitation })
      },
      jose: (turn) => jose.mint(at(turn).material),
    },
    {
      name: 'validate',
      bare: (turn) => must(bareVerify(at(turn).signature, at(turn).signingInput, signingKey)),
      ours: (turn) => must(verifyToken(at(turn).token, authority).valid),
      jose: (turn) => jose.verify(at(turn).byJose),
    },
    {
      name: 'validate, terms unseen',
      bare: (turn) => must(bareVerify(at(turn).signature, at(turn).signingInput, signingKey)),
      ours: (turn) => must(verifyToken(unseen[turn % unseen.length] ?? '', authority).valid),
      jose: (turn) => jose.verify(at(turn).byJose),
    },
    {
      name: 'validate and open',
      bare: (turn) => {
        must(bareVerify(at(turn).signature, at(turn).signingInput, signingKey))
        bareOpen(at(turn).material.keys, at(turn).sealed)
      },
      ours: (turn) => {
        const verdict = verifyToken(at(turn).token, authority)
        must(verdict.valid)
        if (verdict.valid) openInvitee(verdict.claims.invitation.invitee, at(turn).material.keys)
      },
      jose: (turn) => jose.open(at(turn).byJose, at(turn).material),
    },
  ]
}

function sealedOf(sealed: SealedInvitee): Buffer[] {
  return inviteeFields.map((field) => Buffer.from(sealed[field] ?? '', 'base64url'))
}

function must(valid: boolean): void {
  if (!valid) throw new Error('A good token was refused')
}
