/** An application that a client uses, with the permissions that its invitations may grant. */
export type Application = {
  id: string
  clientCode: string
  appCode: string
  appName: string
  permissions: string[]
  settings: Record<string, unknown>
  createdAt: Date
}
