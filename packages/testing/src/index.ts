export { startEmulator } from './emulator.ts'
export { checkTokenStore } from './token-store-check.ts'

export type { Emulator, EmulatorOptions } from './emulator.ts'
export type { EmulatorAccount } from './account.ts'
export type { EmulatorClient } from './client-registry.ts'
export type { VisitOptions } from './visit.ts'
export type { RecordedRequest } from './request-log.ts'
export type { TokenStoreCheckOptions } from './token-store-check.ts'
export type { TokenStoreModule } from './token-store-check-process.ts'
export type { TokenStorage } from './token-store-check-damage.ts'
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
  OtherOrganizationFault,
  OtherWorkspaceFault,
  OversizeFault,
  RateLimitFault,
  RedirectFault,
  ResetAfterFault,
  ResetBeforeFault,
  ServerErrorFault,
  SubscriptionRefusedFault,
} from './fault.ts'
