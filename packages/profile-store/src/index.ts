export { createProfileStore } from './profile-store.ts'
export { activateProfile, listProfiles } from './profile-list.ts'

export type { ProfileStore, ProfileStoreOptions } from './profile-store.ts'
export type { ProfileDescription } from './stored-profile.ts'
