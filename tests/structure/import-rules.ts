import { doors, publicSurface, rooms } from './rooms.ts'
import { roomOf, type Source } from './source.ts'

/** Imports that the map of rooms does not allow. */
export function forbiddenImports(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, room, imports }) =>
    imports.flatMap(({ file }) => {
      if (file === undefined || mayImport(path, room, roomOf(file))) return []
      return [`${path} must not import ${file}`]
    }),
  )
}

function mayImport(path: string, from: string, to: string): boolean {
  if (from === to) return path !== publicSurface
  if (doors.includes(to)) return false
  if (path === publicSurface) return to in rooms
  if (doors.includes(from)) return to in rooms
  return rooms[from]?.includes(to) ?? false
}

/** Files that lie outside the rooms of the map. */
export function homelessFiles(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path, room }) => path !== publicSurface && !(room in rooms) && !doors.includes(room))
    .map(({ path }) => `${path} is in no room of the map`)
}

/** Imports that lead to no file. */
export function brokenImports(sources: readonly Source[]): string[] {
  const known = new Set(sources.map(({ path }) => path))
  return sources.flatMap(({ path, imports }) =>
    imports
      .filter(({ file }) => file !== undefined && !known.has(file))
      .map(({ specifier }) => `${path} imports ${specifier}, which is not there`),
  )
}

/** Imports of a `*.queries.ts` from another room. */
export function strayQueries(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, room, imports }) =>
    imports
      .filter(({ file }) => file?.endsWith('.queries.ts') === true && roomOf(file) !== room)
      .map(({ file }) => `${path} must not import ${file}: queries stay inside their room`),
  )
}

/** Rings of files that import each other; imports of types and lazy imports count. */
export function fileCycles(sources: readonly Source[]): string[] {
  const edges = sources.map(
    ({ path, imports }) => [path, imports.flatMap(({ file }) => (file === undefined ? [] : [file]))] as const,
  )
  return cyclesOf(new Map(edges))
}

/** Rings of rooms that import each other. */
export function roomCycles(sources: readonly Source[]): string[] {
  const edges = new Map<string, string[]>()
  for (const { room, imports } of sources) {
    const others = imports.flatMap(({ file }) =>
      file === undefined || roomOf(file) === room ? [] : [roomOf(file)],
    )
    edges.set(room, [...(edges.get(room) ?? []), ...others])
  }
  return cyclesOf(edges)
}

function cyclesOf(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const cycles: string[] = []
  const done = new Set<string>()
  const visit = (node: string, trail: readonly string[]) => {
    const start = trail.indexOf(node)
    if (start !== -1) cycles.push([...trail.slice(start), node].join(' -> '))
    if (start !== -1 || done.has(node)) return
    for (const next of edges.get(node) ?? []) visit(next, [...trail, node])
    done.add(node)
  }
  for (const node of edges.keys()) visit(node, [])
  return cycles
}
