/**
 * A name for the files of each table, in the same order: its own where any system can unpack that, else with _ for what
 * is no letter, digit, space, dot or hyphen. No two are alike, also where upper and lower case are not told apart.
 */
export function partNames(tables: readonly string[]): string[] {
  const fitting = tables.map((table) => table.replace(/[^\p{L}\p{M}\p{N} ._-]/gu, '_'))
  const taken = new Set<string>()
  const names = new Map<number, string>()
  const give = (index: number) => {
    const fit = fitting[index] ?? ''
    let name = fit
    for (let number = 2; taken.has(name.toLowerCase()); number += 1) name = `${fit}-${number}`
    taken.add(name.toLowerCase())
    names.set(index, name)
  }
  // First those that keep their own name.
  for (const [index, table] of tables.entries()) if (fitting[index] === table) give(index)
  for (const [index, table] of tables.entries()) if (fitting[index] !== table) give(index)
  return tables.map((table, index) => names.get(index) ?? table)
}
