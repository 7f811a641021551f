import type { Notification } from '../notice.ts'

/** Where people are told, in the order in which they are tried. */
export const channelNames = ['stdout', 'email', 'webhook', 'slack', 'alertmanager'] as const

/** One of the channels. */
export type ChannelName = (typeof channelNames)[number]

/**
 * A way to tell people. `send` resolves when the other side has taken the message over, and throws a FlowsError
 * otherwise; it may then be called again with the same notification.
 */
export type Channel = Readonly<{
  name: ChannelName
  send(notification: Notification, now: Date): Promise<void>
}>
