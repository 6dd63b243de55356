// Makes a client, calls nothing, and is done.
import { BlockingOAuthClient } from '@anthropic-auth/blocking'

const client = new BlockingOAuthClient()
console.log(client.startFlow('console').mode)
