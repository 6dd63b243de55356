export { startEmulator } from './emulator.ts'

export type { Emulator, EmulatorOptions } from './emulator.ts'
export type { EmulatorClient } from './client-registry.ts'
export type { RecordedRequest } from './request-log.ts'
export type { Faults } from './faults.ts'
export type {
  BodyFault,
  ChangedAnswerFault,
  DelayFault,
  DripFault,
  DroppedScopeFault,
  Fault,
  FaultEndpoint,
  GzipBombFault,
  HtmlFault,
  NoAnswerFault,
  NoRotationFault,
  OversizeFault,
  RateLimitFault,
  RedirectFault,
  ResetAfterFault,
  ResetBeforeFault,
  ServerErrorFault,
} from './fault.ts'
