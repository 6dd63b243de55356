// A process that shares a login: refreshes it some times, each time as if newly started.
import { type Endpoints, OAuthClient, createTokenProvider } from 'anthropic-auth'
import { createProfileStore } from 'anthropic-auth/profile-store'

const [configDir, times, endpoints = ''] = process.argv.slice(2)
const client = new OAuthClient({ endpoints: JSON.parse(endpoints) as Endpoints })
const store = createProfileStore({ profile: 'default', configDir })

for (let done = 0; done < Number(times); done += 1) {
  await createTokenProvider(client, { store })({ forceRefresh: true })
}
