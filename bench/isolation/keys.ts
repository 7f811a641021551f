import { createHash } from 'node:crypto'
import type { Key } from './isolation.queries.ts'

/** The id that a seeded row has in the database: md5 of its name, as a uuid. */
export function idOf(name: string): string {
  const hex = createHash('md5').update(name).digest('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** Draws seeded invitations, and codes for new ones that are never drawn twice. */
export function drawKeys(clients: number, invitations: number, random: () => number): () => Key {
  let drawn = 0
  return () => {
    drawn += 1
    const invitation = Math.floor(random() * invitations)
    const client = invitation % clients
    return {
      clientId: idOf(`client ${client}`),
      invitationId: idOf(`invitation ${invitation}`),
      appId: idOf(`application ${client}`),
      code: `new-${drawn}`,
    }
  }
}
