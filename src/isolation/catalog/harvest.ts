import type { Catalog } from './catalog.ts'

/** What policies and functions look at to know who is asking. */
export type Harvest = {
  /** Settings other than PostgREST's own: current_setting('app.tenant_id'). */
  settings: readonly string[]
  /** Paths into the claims, from the outside in. */
  claimPaths: readonly (readonly string[])[]
  /** Texts that policies compare with. */
  literals: readonly string[]
  /** Whether anything reads the access token at all. */
  readsClaims: boolean
}

const step = /(?:->>?\s*'([^']+)'|#>>?\s*'\{([^}']+)\}')/g

/** Gathers from the text of policies and functions how a client is told from another. */
export function harvest(catalog: Catalog): Harvest {
  const policies = catalog.relations.flatMap(({ policies }) => policies)
  const expressions = policies.flatMap(({ using, check }) => [using ?? '', check ?? ''])
  const texts = [...expressions, ...catalog.routines.map(({ source }) => source)]
  const settings = texts.flatMap((text) =>
    [...text.matchAll(/current_setting\(\s*'([\w.]+)'/gi)].map(([, name]) => name ?? ''),
  )
  return {
    settings: unique(
      settings.filter((name) => name.includes('.') && !/^request\.|^flows\.request_id$/.test(name)),
    ),
    claimPaths: uniquePaths(texts.flatMap(pathsOf)),
    literals: unique(
      expressions.flatMap((text) =>
        [...text.matchAll(/'([^']{1,60})'/g)].map(([, literal]) => literal ?? ''),
      ),
    ),
    readsClaims: texts.some((text) =>
      /request\.jwt|\b(auth\.)?(uid|jwt)\(\)|auth\.(role|email)\s*\(/i.test(text),
    ),
  }
}

/** The chains of -> and ->> in a text. Whatever stands between two steps but parentheses and casts ends a chain. */
function pathsOf(text: string): string[][] {
  const paths: string[][] = []
  let end = -1
  for (const match of text.matchAll(step)) {
    const keys = match[1] === undefined ? (match[2] ?? '').split(',') : [match[1]]
    const between = end === -1 ? 'start' : text.slice(end, match.index)
    const last = paths.at(-1)
    if (last !== undefined && /^(\s|\)|::\w+)*$/.test(between)) last.push(...keys)
    else paths.push(keys)
    end = match.index + match[0].length
  }
  return paths
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}

function uniquePaths(paths: readonly (readonly string[])[]): string[][] {
  return unique(paths.map((path) => JSON.stringify(path))).map((path) => JSON.parse(path) as string[])
}
