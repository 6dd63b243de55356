/** A rule by which machines log in with an identity token of their own platform. */
export interface EmulatorFederationRule {
  /** The `federation_rule_id`, such as `fdrl_ci`. */
  readonly id: string
  /**
   * The `iss` claim that the identity token must have.
   *
   * @default any issuer
   */
  readonly issuer?: string | undefined
  /**
   * The `sub` claim that the identity token must have.
   *
   * @default any subject
   */
  readonly subject?: string | undefined
  /**
   * The workspaces that the rule covers, by id. If there are several, and `default` is not one of them, the request
   * must name one.
   *
   * @default any workspace
   */
  readonly workspaces?: readonly string[] | undefined
  /**
   * The scopes of the access token.
   *
   * @default ['workspace:developer']
   */
  readonly scopes?: readonly string[] | undefined
}

const MEMBERS = new Set(['id', 'issuer', 'subject', 'workspaces', 'scopes'])

/** @throws TypeError when a rule has no id, or a malformed or unknown member */
export function assertFederationRules(rules: readonly EmulatorFederationRule[] | undefined): void {
  if (rules === undefined) return
  if (!Array.isArray(rules)) {
    throw new TypeError('federationRules must be an array of { id, issuer, subject }')
  }
  for (const rule of rules as readonly unknown[]) assertRule(rule)
}

function assertRule(rule: unknown): void {
  if (typeof rule !== 'object' || rule === null) throw new TypeError('Each federation rule must be an object')
  const members: Readonly<Record<string, unknown>> = { ...rule }
  const { id, issuer, subject, workspaces, scopes } = members
  if (typeof id !== 'string' || id === '') {
    throw new TypeError('Each federation rule needs an id, such as fdrl_ci')
  }
  const name = `federation rule ${JSON.stringify(id)}`
  for (const [key, value] of Object.entries({ issuer, subject })) {
    if (value !== undefined && typeof value !== 'string') {
      throw new TypeError(`${key} of ${name} must be a string`)
    }
  }
  for (const [key, value] of Object.entries({ workspaces, scopes })) {
    if (value !== undefined && !isStrings(value)) {
      throw new TypeError(`${key} of ${name} must be an array of strings`)
    }
  }
  // A misspelled `subjct` would otherwise accept every subject.
  const unknown = Object.keys(rule).find((key) => !MEMBERS.has(key))
  if (unknown !== undefined) throw new TypeError(`${name} has an unknown member ${JSON.stringify(unknown)}`)
}

function isStrings(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string' && item !== '')
  )
}
