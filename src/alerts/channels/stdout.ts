import { sayNotices } from '../notice.ts'
import type { Channel } from './channel.ts'

/** Prints a line for each notice, with the time; `print` resolves when it is handed over. */
export function stdoutChannel(print: (text: string) => Promise<void>): Channel {
  return {
    name: 'stdout',
    send: (notification) =>
      print(
        sayNotices(notification)
          .map((line) => `${notification.at.slice(0, 19)}Z ${line}\n`)
          .join(''),
      ),
  }
}
