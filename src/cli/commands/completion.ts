import { FlowsError } from '../../base/errors.ts'
import { command } from '../command.ts'
import { completionScript, shells } from '../completion-script.ts'

/** Prints a completion script, whose words are fixed when it is printed: completing starts no program. */
export const completion = command({
  name: 'completion',
  about: 'Print a completion script for bash, zsh or fish',
  details:
    'bash: flows-db completion bash > ~/.local/share/bash-completion/completions/flows-db\n' +
    'zsh:  flows-db completion zsh > "$fpath[1]/_flows-db"\n' +
    'fish: flows-db completion fish > ~/.config/fish/completions/flows-db.fish',
  arguments: [{ name: 'shell', about: `for which shell: ${shells.join(', ')}` }],
  flags: {
    shell: { value: 'shell', about: 'the same as a flag', choices: shells },
  },
  examples: ['completion bash', 'completion --shell fish'],
  run: async (session, flags, named) => {
    const shell = flags.shell ?? shells.find((known) => known === named)
    if (shell === undefined || (named !== undefined && named !== shell)) {
      throw new FlowsError('USAGE', `Say for which one shell: ${shells.join(', ')}`, {
        hint: 'For example: completion bash',
      })
    }
    return { shell, script: completionScript(shell, await session.commands()) }
  },
  say: ({ script }) => script.trimEnd(),
})
