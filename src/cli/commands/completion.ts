import { command } from '../command.ts'
import { completionScript, shells } from '../completion-script.ts'

/** Prints a completion script, whose words are fixed when it is printed: completing starts no program. */
export const completion = command({
  name: 'completion',
  about: 'Print a completion script for bash, zsh or fish',
  details:
    'bash: flows-db completion --shell bash > ~/.local/share/bash-completion/completions/flows-db\n' +
    'zsh:  flows-db completion --shell zsh > "$fpath[1]/_flows-db"\n' +
    'fish: flows-db completion --shell fish > ~/.config/fish/completions/flows-db.fish',
  flags: {
    shell: { value: 'shell', required: true, about: 'for which shell', choices: shells },
  },
  examples: ['completion --shell bash', 'completion --shell fish'],
  run: async (session, { shell }) => ({ shell, script: completionScript(shell, await session.commands()) }),
  say: ({ script }) => script.trimEnd(),
})
