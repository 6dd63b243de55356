/** The one person who is signed in at the emulator. */
export const ACCOUNT = {
  uuid: '3c7d0b52-6f0e-4d8a-9a41-5f2f1f7a9c10',
  email: 'person@example.com',
  fullName: 'Example Person',
  displayName: 'Person',
} as const

/** That person's organization, unless the authorization request named another by `orgUUID`. */
export const ORGANIZATION = {
  uuid: '8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624',
  name: 'Example Organization',
} as const
