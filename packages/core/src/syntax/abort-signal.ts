import { membersOf } from './members.ts'

/**
 * Checks that an option is an `AbortSignal`, of any realm or library, or was left out.
 *
 * @throws TypeError for anything else
 */
export function assertSignal(signal: unknown, name: string = 'signal'): void {
  if (signal === undefined || signal instanceof AbortSignal || isSignal(signal)) return
  throw new TypeError(`${name} must be an AbortSignal`)
}

function isSignal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { aborted, addEventListener, removeEventListener } = membersOf<Partial<AbortSignal>>(value)
  return (
    [typeof aborted, typeof addEventListener, typeof removeEventListener].join() ===
    'boolean,function,function'
  )
}
