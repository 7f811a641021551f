import { buildApplication, buildCommand, buildRouteMap, run, text_en } from '@stricli/core'

/** How far a mistyped word may be from the one that was meant: nearer than what Stricli takes by default. */
export const likeness = {
  threshold: 4,
  weights: { insertion: 1, deletion: 2, substitution: 2, transposition: 0 },
}

/** The known names that a mistyped one may have meant, best first. */
export async function suggestCommands(
  mistyped: string,
  names: readonly string[],
): Promise<readonly string[]> {
  let suggestions: readonly string[] = []
  const target = buildCommand({ docs: { brief: '' }, parameters: {}, func: () => undefined })
  const application = buildApplication(
    buildRouteMap({ docs: { brief: '' }, routes: Object.fromEntries(names.map((name) => [name, target])) }),
    {
      name: 'flows-db',
      scanner: { distanceOptions: likeness },
      localization: {
        text: {
          ...text_en,
          noCommandRegisteredForInput: ({ corrections }) => {
            suggestions = corrections.map((name) => name.replaceAll('`', ''))
            return ''
          },
        },
      },
    },
    {},
  )
  const silent = { write: () => undefined }
  await run(application, [mistyped], { process: { stdout: silent, stderr: silent, env: {} } })
  return suggestions
}
