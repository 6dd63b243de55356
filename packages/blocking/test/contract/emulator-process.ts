// Runs the emulator in a process that no blocking call can block; commands arrive as messages.
import { startEmulator } from '@anthropic-auth/testing'
import type { EmulatorCommand } from './remote-emulator.ts'

const emulator = await startEmulator()
let seen = 0

async function obey(command: EmulatorCommand): Promise<unknown> {
  if (command.kind === 'approve') return emulator.approve(command.url)
  if (command.kind === 'deny') return emulator.deny(command.url)
  if (command.kind === 'requests') return emulator.requests.slice(seen)
  if (command.kind === 'fault') {
    emulator.faults[command.when](command.endpoint, command.fault)
  } else {
    emulator.faults.clear()
    seen = emulator.requests.length
  }
  return null
}

process.on('message', ({ id, command }: { readonly id: number; readonly command: EmulatorCommand }) => {
  obey(command).then(
    (value) => process.send?.({ id, value }),
    (error: unknown) => process.send?.({ id, problem: String(error) }),
  )
})
process.once('disconnect', () => process.exit(0))
process.send?.({ id: 0, value: emulator.endpoints })
