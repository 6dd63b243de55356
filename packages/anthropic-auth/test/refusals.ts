/** Returns what each promise rejects with, and `undefined` where it does not reject. */
export async function refusalsOf(...promises: readonly Promise<unknown>[]): Promise<readonly unknown[]> {
  const results = await Promise.allSettled(promises)
  return results.map((result) => (result.status === 'rejected' ? (result.reason as unknown) : undefined))
}
