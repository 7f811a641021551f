import { command } from '../command.ts'
import { examine } from '../examine.ts'

/** Looks at settings, secrets and database, and says what to do about what is not well. */
export const doctor = command({
  name: 'doctor',
  about: 'Look at Node, settings, secrets and database, and say what to do about what is wrong',
  details: 'Ends with status 7 if something is wrong. An embedded database that is down stays down.',
  flags: {},
  examples: ['doctor', 'doctor --json'],
  lists: true,
  run: examine,
  say: (findings, style) =>
    findings
      .flatMap(({ subject, well, detail, hint }) => [
        `${well ? style.green('well ') : style.red('wrong')}  ${subject}: ${detail}`,
        ...(hint === null ? [] : [`       ${hint}`]),
      ])
      .join('\n'),
  exit: (findings) => (findings.every(({ well }) => well) ? 0 : 7),
})
