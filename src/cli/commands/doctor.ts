import { command } from '../command.ts'
import { examine } from '../examine.ts'

/** Looks at settings, secrets and database, and says what to do about what is not well. */
export const doctor = command({
  name: 'doctor',
  about: 'Look at what this machine and its settings need, and say what to do about what is wrong',
  details:
    'Ends with status 7 if something is wrong, and changes nothing: an embedded database that is down stays down. ' +
    'How a database that runs fares, health-check says.',
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
