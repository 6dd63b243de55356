import { type ResponseGate, startResponseGate } from '../../login/test/response-gate.ts'
import { readProfile, type ToolLogin, writeProfile } from './tool-login.ts'

/** Starts a gate in front of the emulator of a login, whose profile then names the gate as its server. */
export async function gateFor({ configDir, emulator }: ToolLogin): Promise<ResponseGate> {
  const gate = await startResponseGate(emulator.apiUrl)
  writeProfile(configDir, 'configs', { ...readProfile(configDir, 'configs'), base_url: gate.url })
  return gate
}
