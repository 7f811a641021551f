/** What the clients of a tier may use. */
export type Tier = { tier: string; maxUsers: number; storageBytes: number; features: string[] }
