import { type Finding, ok, problem } from './finding.ts'

/** The oldest Node that this package supports: `engines` of package.json. */
export const OLDEST_NODE = '22.13'

/** Checks the version of the runtime. Bun and Deno also have a version of Node, which they imitate. */
export function checkRuntime({
  node = '',
  bun,
  deno,
}: Readonly<Record<string, string | undefined>>): Finding {
  if (bun !== undefined) return ok(`Bun ${bun}`)
  if (deno !== undefined) return ok(`Deno ${deno}`)
  if (isSupported(node)) return ok(`Node ${node}`)
  return problem(
    `Node ${node} is too old: this tool needs ${OLDEST_NODE} or later`,
    'Install a supported version: https://nodejs.org/en/download',
  )
}

function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split('.').map(Number)
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)
}
