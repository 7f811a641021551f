/** What a member may be inside its client; an admin may change settings and read the audit trail. */
export const memberRoles = ['member', 'admin'] as const

/** A person's account inside a client, known by its sign-in's id and by nothing else. */
export type Member = {
  id: string
  clientCode: string
  userId: string
  role: (typeof memberRoles)[number]
  permissions: string[]
  status: 'active' | 'inactive'
  createdAt: Date
}
