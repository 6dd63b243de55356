// For the packages of this workspace: not a public API, and it may change in any release.
export {
  ANT_CLIENT_ID,
  loginCommand,
  lostSettingsText,
  NOTHING_NAMED,
  rememberedSettings,
} from './login-remedy.ts'
export { DEFAULT_HOST, hostEndpoints, isDefaultHost, isOnLoopback } from './host-endpoints.ts'
export { checkedHostUrl, isHostUrl, isSameHostUrl, shownUrl, withoutSlashes } from './host-url.ts'
export { locateProfile } from './profile-location.ts'
export { findDamagedCredentials, removeSettings } from './profile-list.ts'
export { profilesSharingWith } from './shared-credentials.ts'
export { removeEmptyFolders } from './files/new-folder.ts'
export { proveSpace } from './files/save-probe.ts'
export { removeFile } from './files/remove-file.ts'
export { activateIfNone } from './first-activation.ts'
export { isProfileName } from './profile-name.ts'
export { bindingOf, credentialsPathProblem, readConfigIfWhole, readProfileConfig } from './profile-config.ts'
export { readHeldLogins } from './held-logins.ts'
export { openFederationProfile } from './federation-profile.ts'
export { openStoredProfile, storeOf } from './profile-store.ts'
export { ProfileFiles } from './profile-files.ts'
export { lockPathOf } from './login-file.ts'
export { describeLock } from './lock/lock-error.ts'
export { lifeOf } from './lock/lock-holder.ts'
export { readLockFile } from './lock/lock-reading.ts'
export { errorCode, fileError, shellQuoted } from './files/file-error.ts'
export { readFileState, replacedBy } from './files/file-state.ts'
export { digestOf, findRemains, findTemporaryFiles, leftoverOf } from './files/leftover.ts'
export { assertOwnFile, damagedPathOf, SECRET, TRUSTED } from './files/own-file.ts'
export { assertOwnFolder, foldersOf } from './files/own-folder.ts'

export type { HeldLogin, HeldLogins } from './held-logins.ts'
export type { FederationProfile } from './federation-profile.ts'
export type { LoginTarget, NamedSettings } from './login-remedy.ts'
export type { Credentials } from './profile-credentials.ts'
export type { OpenProfile } from './profile-files.ts'
export type { StoredProfile } from './stored-profile.ts'
export type { ProfileLocation } from './profile-location.ts'
export type { LockHolder } from './lock/lock-holder.ts'
export type { FileState } from './files/file-state.ts'
