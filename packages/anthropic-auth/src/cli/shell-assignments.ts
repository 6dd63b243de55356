import type { Shell } from './token-shells.ts'

/** A variable to set, or to unset where the value is `null`. */
type Assignments = Readonly<Record<string, string | null>>

/** Formats variables so that a shell exports them when it evaluates the text. */
export function shellAssignments(assignments: Assignments, shell: Shell): string {
  return Object.entries(assignments)
    .map(([name, value]) => (value === null ? UNSET[shell](name) : SET[shell](name, value)))
    .join('\n')
}

const SET: Readonly<Record<Shell, (name: string, value: string) => string>> = {
  sh: (name, value) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`,
  fish: (name, value) => `set -gx ${name} '${value.replaceAll(/[\\']/g, String.raw`\$&`)}'`,
  // PowerShell also ends a quoted text at a typographic quote.
  powershell: (name, value) => `$env:${name} = '${value.replaceAll(/['‘’‚‛]/g, '$&$&')}'`,
  dotenv: (name, value) => `${name}=${quoted(value)}`,
}

const UNSET: Readonly<Record<Shell, (name: string) => string>> = {
  sh: (name) => `unset ${name}`,
  fish: (name) => `set -e ${name}`,
  powershell: (name) => `Remove-Item Env:${name} -ErrorAction SilentlyContinue`,
  dotenv: (name) => `# Unset ${name}: the official SDKs would use it instead.`,
}

/** Uses a quotation mark that the value does not contain: no escape works in all readers of dotenv files. */
function quoted(value: string): string {
  if (/^[\w.:/-]*$/.test(value)) return value
  const quote = ["'", '"', '`'].find((one) => !value.includes(one)) ?? "'"
  return `${quote}${value}${quote}`
}

/** Returns the command that sets a variable in the usual shell of this system. The value needs no quotes. */
export function assignment(name: string, value: string): string {
  return process.platform === 'win32' ? `$env:${name} = '${value}'` : `export ${name}=${value}`
}

/** Returns the command that removes a variable from the usual shell of this system. */
export function unset(name: string): string {
  return process.platform === 'win32' ? `Remove-Item Env:${name}` : `unset ${name}`
}
