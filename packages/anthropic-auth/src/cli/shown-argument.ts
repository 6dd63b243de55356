import { unicodePattern } from '@anthropic-auth/core/internal'
import { isProfileName } from '@anthropic-auth/profile-store/internal'

/** A word like the name of a command, option, profile or choice. */
const PLAIN = /^-{0,2}[a-z]{1,16}(?:-[a-z]{1,12})*$/
/** No authorization code, token or key is this short. */
const short = unicodePattern(String.raw`^[\p{L}\p{M}\p{N}\w.,:+/%=@ \-]{0,12}$`)
/** A word that means itself in a shell, without quotes. */
const UNQUOTED = /^[\w.,:+/=@-]+$/

/** Whether an argument can be shown. Any longer text may be a code or token in the wrong place. */
function isShowable(text: string): boolean {
  return (PLAIN.test(text) || short().test(text)) && !/sk-ant/i.test(text)
}

/** Returns an argument in quotes, or `[hidden]`. */
export function shownArgument(text: string): string {
  return isShowable(text) ? `'${text}'` : '[hidden]'
}

/** Returns an option or command in quotes, without the value that is joined to it. */
export function shownWord(text: string): string {
  const [name = '', value] = text.split('=', 2)
  return shownArgument(value !== undefined && name.startsWith('-') ? name : text)
}

/** Whether a suggested command can contain an argument as it is. */
export function isSuggestible(text: string): boolean {
  return isShowable(text) && UNQUOTED.test(text)
}

/** Returns an argument if it can be the profile of a suggested command. */
export function suggestedProfile(text: string | undefined): string | null {
  return text !== undefined && !text.startsWith('-') && isSuggestible(text) && isProfileName(text)
    ? text
    : null
}
