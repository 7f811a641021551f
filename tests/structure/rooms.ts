const foundation = ['base', 'database']

/** What each room may import beside itself. Settings are read at the door and handed in, so no room imports config. */
export const rooms: Readonly<Record<string, readonly string[]>> = {
  base: [],
  config: ['base'],
  database: ['base'],
  audit: foundation,
  keys: foundation,
  storage: foundation,
  isolation: foundation,
  health: foundation,
  // Whatever may be refused may record the refusal: audit is open to all rooms above it.
  clients: [...foundation, 'audit', 'storage', 'keys'],
  applications: [...foundation, 'audit', 'clients'],
  members: [...foundation, 'audit', 'clients'],
  invitations: [...foundation, 'audit', 'clients', 'applications', 'members', 'keys'],
  // A second public surface, which runs in browsers: what it takes from the rooms is free of Node, as its build proves.
  verify: ['base', 'keys', 'invitations'],
  analytics: [...foundation, 'audit', 'clients'],
  // Rules watch what health measures of the server, and how long calls took as analytics counts it.
  alerts: [...foundation, 'audit', 'clients', 'health', 'analytics'],
  backup: [...foundation, 'audit', 'clients', 'storage', 'keys'],
  privacy: [...foundation, 'audit', 'clients', 'invitations', 'storage', 'backup', 'keys'],
}

/** The doors: they import every room and not each other, and nobody imports them. */
export const doors: readonly string[] = ['cli', 'console']

/** The one barrel: the library's public surface. */
export const publicSurface = 'src/index.ts'
