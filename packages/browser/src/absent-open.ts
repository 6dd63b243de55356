/** Replaces `open` in bundles for browsers and workers, which can't start programs. */
export const open: undefined = undefined
