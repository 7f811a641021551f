import { command } from '../command.ts'

/** Shows every setting and where it comes from; secrets are masked. */
export const configShow = command({
  name: 'config:show',
  about: 'Show every setting and where it comes from, secrets masked',
  flags: {},
  examples: ['config:show', 'config:show --json'],
  lists: true,
  run: async ({ settings }) => [...settings.shown],
  say: (shown, style) =>
    style.table([
      ['SETTING', 'VALUE', 'FROM'],
      ...shown.map(({ name, value, origin }) => [name, value ?? '', origin]),
    ]),
})
