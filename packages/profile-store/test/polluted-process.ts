// Uses a profile store after a bug elsewhere has added members to Object.prototype, and prints the results.
import { createProfileStore, listProfiles } from '@anthropic-auth/profile-store'

const [configDir = '', names = ''] = process.argv.slice(2)
for (const name of names.split(',')) {
  // eslint-disable-next-line no-extend-native
  Object.defineProperty(Object.prototype, name, { value: 'evil', configurable: true, writable: true })
}
const store = createProfileStore({ profile: 'work', configDir })
const tokens = await store.load()
const description = await store.describe()
const { endpoints } = await store.clientConfig()
process.stdout.write(
  JSON.stringify([tokens?.toJSON(), description, endpoints, await listProfiles({ configDir })]),
)
