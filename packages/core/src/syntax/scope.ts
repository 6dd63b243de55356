/** RFC 6749, section 3.3. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** Whether `scopes` is a list of scope tokens, which may be empty. */
export function isScopeList(scopes: unknown): scopes is readonly string[] {
  // `every()` alone would skip the holes of a sparse array.
  return Array.isArray(scopes) && Array.from<unknown>(scopes).every(isScopeToken)
}

function isScopeToken(scope: unknown): boolean {
  return typeof scope === 'string' && SCOPE_TOKEN.test(scope)
}

/** Splits a `scope` parameter, which separates its scopes by spaces. */
export function splitScope(scope: string): readonly string[] {
  return scope.split(' ').filter((token) => token !== '')
}
