/** The shells and files that `token --env` can write for. */
export const SHELLS = ['sh', 'fish', 'powershell', 'dotenv'] as const
export type Shell = (typeof SHELLS)[number]
