import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Test files that wait in real time and hardly compute: for tokens to expire, a lock to get stale, or a new attempt. */
export const WAITING_TESTS: readonly string[] = [
  'packages/anthropic-auth/test/cli-run.test.ts',
  'packages/profile-store/test/save-faults.test.ts',
  'packages/profile-store/test/lock-containers.test.ts',
  'packages/anthropic-auth/test/cli-saving.test.ts',
]

/** Starts the tests that wait first, so that the others compute meanwhile. */
export class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- this is not an array
    return waitingFirst(await super.sort(files))
  }
}

export function waitingFirst<T extends { readonly moduleId: string }>(files: readonly T[]): T[] {
  const isWaiting = ({ moduleId }: T): boolean => WAITING_TESTS.some((path) => moduleId.endsWith(path))
  return [...files.filter(isWaiting), ...files.filter((file) => !isWaiting(file))]
}
