import { durationText } from '../output.ts'
import { type Finding, ok, problem, warning } from './finding.ts'
import type { HostResult } from './host-checks.ts'

/** Tokens are refreshed minutes before they expire, so smaller differences do no harm. */
const MAX_OFFSET_SECONDS = 600
/** Above this, the clock is not set by the network, and may drift on. */
const WARNING_OFFSET_SECONDS = 120

/** Checks the clock of this machine against those of the servers. If one of them agrees with it, that is enough. */
export function checkClock(hosts: readonly Pick<HostResult, 'clockOffsetSeconds'>[]): readonly Finding[] {
  const offsets = hosts.flatMap(({ clockOffsetSeconds }) => clockOffsetSeconds ?? [])
  const [offset] = offsets.toSorted((one, other) => Math.abs(one) - Math.abs(other))
  if (offset === undefined) return []
  if (Math.abs(offset) < WARNING_OFFSET_SECONDS) return [ok('Agrees with the server')]
  const direction = offset > 0 ? 'behind' : 'ahead of'
  const fact = `The clock of this machine is ${durationText(Math.abs(offset))} ${direction} the server's`
  const remedy = `Set the clock: ${clockCommand()}`
  return Math.abs(offset) < MAX_OFFSET_SECONDS
    ? [warning(fact, remedy)]
    : [problem(`${fact}, so tokens seem to expire at the wrong time`, remedy)]
}

function clockCommand(): string {
  if (process.platform === 'win32') return 'w32tm /resync'
  return process.platform === 'darwin' ? 'sudo sntp -sS time.apple.com' : 'sudo timedatectl set-ntp true'
}
