import { connect } from 'node:net'
import { startCallbackServer } from '@anthropic-auth/callback-server'
import { generateState } from '@anthropic-auth/core'
import { errorCode } from '@anthropic-auth/profile-store/internal'
import { isInCi } from '../ci-advice.ts'
import { NOT_NEEDED_IN_CI, pasteCommand } from './browser-check.ts'
import type { ExaminedProfile } from './examined-profile.ts'
import { type Finding, ok, problem, problemOf } from './finding.ts'

const TIMEOUT_MS = 5000

/** Checks that the browser could return to a login: a server listens on 127.0.0.1 and, where there is IPv6, on [::1]. */
export async function checkCallback(profile: ExaminedProfile): Promise<Finding> {
  if (isInCi()) return NOT_NEEDED_IN_CI
  const remedy = `To paste the code instead, run: ${pasteCommand(profile)}`
  try {
    const server = await startCallbackServer({ state: generateState() })
    try {
      return await connectionFinding(server.port, remedy)
    } finally {
      await server.close()
    }
  } catch (error) {
    return { ...problemOf(error), remedy }
  }
}

async function connectionFinding(port: number, remedy: string): Promise<Finding> {
  const failure = await connectionFailure(port)
  if (failure === null) return ok('The browser can return to this machine')
  return problem(`Programs on this machine can't connect to 127.0.0.1 (${failure})`, remedy)
}

/** Returns the code of the error; `null` when the connection works. */
async function connectionFailure(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, signal: AbortSignal.timeout(TIMEOUT_MS) })
    const end = (failure: string | null): void => {
      socket.destroy()
      resolve(failure)
    }
    socket.once('connect', () => end(null))
    socket.once('error', (error) => end(errorCode(error) ?? error.name))
  })
}
