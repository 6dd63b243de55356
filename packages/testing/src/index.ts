export { startEmulator } from './emulator.ts'
export { checkTokenStore } from './token-store-check/token-store-check.ts'

export type { Emulator } from './emulator.ts'
export type { EmulatorOptions } from './emulator-options.ts'
export type { EmulatorAccount } from './authorization-server/account.ts'
export type { EmulatorClient } from './authorization-server/client-registry.ts'
export type { EmulatorFederationRule } from './authorization-server/federation-rule.ts'
export type { VisitOptions } from './visit.ts'
export type { RecordedRequest } from './request-log.ts'
export type { TokenStoreCheckOptions } from './token-store-check/token-store-check.ts'
export type { TokenStoreModule } from './token-store-check/store-process.ts'
export type { TokenStorage } from './token-store-check/corruption-rules.ts'
export type { Faults } from './faults/fault-queue.ts'
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
  VerificationRequiredFault,
} from './faults/fault.ts'
