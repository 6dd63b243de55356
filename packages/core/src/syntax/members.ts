// A bug elsewhere in a program, such as a careless deep merge of JSON, can add members to Object.prototype. Then every
// object seems to have an `endpoints`, a `fetch` or a `timeoutMs`. Use this file to read optional members of an object.

/** `get` and `has` suffice, since inherited members can't be listed or spread. Has no prototype, which could hold more traps. */
const OWN_MEMBERS: ProxyHandler<object> & { readonly __proto__: null } = {
  __proto__: null,
  get: (object: object, name: PropertyKey) => memberOf(object, name),
  has: (object: object, name: PropertyKey) => !isInherited(object, name) && Reflect.has(object, name),
}

/**
 * Returns a view of `object` without the members of `Object.prototype`. It has the object's own members and those of its
 * class.
 */
export function membersOf<T extends object>(object: T): T {
  return new Proxy<T>(object, OWN_MEMBERS)
}

/**
 * Checks that `options` is an object, and returns a view of it without the members of `Object.prototype`.
 *
 * @param name - the name of the parameter
 * @throws TypeError for `null`, a list, a function, or anything else that isn't an object
 */
export function readOptions<T extends object>(options: T, name: string = 'options'): T {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return membersOf(options)
  throw new TypeError(`${name} must be an object`)
}

/**
 * Checks that an option is a function or was left out.
 *
 * @throws TypeError for anything else
 */
export function assertFunction(value: unknown, name: string): void {
  if (value === undefined || typeof value === 'function') return
  throw new TypeError(`${name} must be a function`)
}

/** Reads one member, unless only `Object.prototype` has it. Faster than `membersOf()`. */
export function memberOf(object: object, name: PropertyKey): unknown {
  return isInherited(object, name) ? undefined : (Reflect.get(object, name) as unknown)
}

/** Whether the member comes from `Object.prototype`. */
function isInherited(object: object, name: PropertyKey): boolean {
  if (!Object.hasOwn(Object.prototype, name)) return false
  let holder: unknown = object
  while (typeof holder === 'object' || typeof holder === 'function') {
    if (holder === null || holder === Object.prototype) return true
    if (Object.hasOwn(holder, name)) return false
    holder = Object.getPrototypeOf(holder)
  }
  return true
}
