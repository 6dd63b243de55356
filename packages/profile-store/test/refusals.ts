/** Returns the reason with which each promise rejects, or `undefined` if it resolves. */
export async function refusalsOf(...promises: readonly Promise<unknown>[]): Promise<readonly unknown[]> {
  const results = await Promise.allSettled(promises)
  return results.map((result) => (result.status === 'rejected' ? (result.reason as unknown) : undefined))
}
