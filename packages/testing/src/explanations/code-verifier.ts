import { createHash } from 'node:crypto'
import { deriveCodeChallenge } from '@anthropic-auth/pkce'
import { explainSlip } from './slip.ts'
import { strangeCharacters } from './strange-characters.ts'

/** A mistake in making the challenge: the bytes that the program hashed, in place of the verifier's text. */
interface HashMistake {
  readonly hashed: (verifier: string) => string | Uint8Array
  readonly sentence: string
}

const HASH_MISTAKES: readonly HashMistake[] = [
  {
    hashed: (verifier) => Buffer.from(verifier, 'base64url'),
    sentence:
      'The challenge was made from the decoded bytes of the verifier. Hash the text of the verifier instead.',
  },
  {
    hashed: (verifier) => Buffer.from(verifier, 'hex'),
    sentence:
      'The challenge was made from the decoded bytes of the verifier. Hash the text of the verifier instead.',
  },
  {
    hashed: (verifier) => `${verifier}\n`,
    sentence:
      'The challenge was made from the verifier and a line break. In a shell, use printf in place of echo.',
  },
  {
    hashed: (verifier) => JSON.stringify(verifier),
    sentence: 'The challenge was made from the verifier in quotes. Hash the verifier alone.',
  },
  {
    hashed: (verifier) => digest(verifier),
    sentence: 'The challenge was hashed twice. Hash the verifier once.',
  },
]

/** Explains why a code verifier doesn't match the challenge of the authorization request. */
export function explainVerifier(verifier: string, challenge: string): string {
  if (verifier === challenge) {
    return 'The verifier and the challenge are the same value. Either the challenge was not hashed: it is the SHA-256 of the verifier, in base64url. Or the program sent the challenge in place of the verifier.'
  }
  const mistake = HASH_MISTAKES.find(({ hashed }) => digest(hashed(verifier)) === challenge)
  return (
    mistake?.sentence ??
    explainSlip(verifier, (cleaned) => digest(cleaned) === challenge) ??
    verifierProblem(verifier) ??
    'The verifier belongs to a different challenge. Usually the program has made new PKCE values between the two requests, or mixed up two logins.'
  )
}

/** Returns what is wrong with the form of a verifier, or `null`. */
function verifierProblem(verifier: string): string | null {
  const { length } = verifier
  const strange = strangeCharacters(verifier, /[\w.~-]/)
  if (strange !== null) {
    return `A code verifier has the characters A-Z a-z 0-9 - . _ ~ only. This one has ${strange}.`
  }
  return length < 43 || length > 128
    ? `A code verifier has 43 to 128 characters. This one has ${length}.`
    : null
}

function digest(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url')
}

/** Returns the challenge of the sent verifier, which is what the server compares. */
export function challengeOf(verifier: string): string | null {
  try {
    return deriveCodeChallenge(verifier)
  } catch {
    return null
  }
}
