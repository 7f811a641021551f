import type { KeyObject } from 'node:crypto'

/** Which key of which client: rotation gives a client its next epoch. */
export type KeyName = Readonly<{ clientId: string; epoch: number }>

/** A client's key of one epoch, unwrapped: what the keys of its invitations' fields are derived from. */
export type ClientKey = KeyName & Readonly<{ key: KeyObject }>

/** What a key may still be used for: all, opening only, nothing, or it is gone. */
export type ClientKeyState = 'active' | 'retiring' | 'revoked' | 'shredded'
