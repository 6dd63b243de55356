export { activateProfile, createProfileStore, listProfiles } from './profile-store.ts'

export type { ProfileDescription, ProfileStore, ProfileStoreOptions } from './profile-store.ts'
