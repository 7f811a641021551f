import type { IsolationReport } from '../isolation-report.ts'

/** The report in SARIF 2.1.0, as code hosts read it: one result a leak and a cell that stayed unproven. */
export function toSarif({ leaks, unproven, notes }: IsolationReport): string {
  const results = [
    ...leaks.map(({ rule, family, object, actor, title, evidence, fix }) =>
      result(rule ?? family, 'error', object, `${title} (${actor}). ${evidence}\n${fix}`),
    ),
    ...unproven.map(({ object, actor, verb, reason }) =>
      result('unproven', 'warning', object, `${verb ?? 'it'} as ${actor} could not be tried: ${reason}`),
    ),
    ...notes.map(({ rule, object, title, fix }) => result(rule, 'note', object, `${title}\n${fix}`)),
  ]
  const rules = [...new Set(results.map(({ ruleId }) => ruleId))].map((id) => ({ id }))
  return JSON.stringify(
    {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [
        {
          tool: {
            driver: {
              name: 'flows-db isolation:prove',
              informationUri: 'https://github.com/thepia/flows-db',
              rules,
            },
          },
          results,
        },
      ],
    },
    null,
    2,
  )
}

function result(ruleId: string, level: 'error' | 'warning' | 'note', object: string, text: string) {
  return {
    ruleId,
    level,
    message: { text },
    // Code hosts show no result without a file; objects of a database have none of their own.
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: 'schemas/' } },
        logicalLocations: [{ fullyQualifiedName: object, kind: 'object' }],
      },
    ],
    partialFingerprints: { object: `${ruleId} ${object}` },
  }
}
