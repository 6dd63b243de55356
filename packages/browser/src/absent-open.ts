/** In place of `open` in bundles for browsers and workers, which have no module of Node and start nothing. */
export const open: undefined = undefined
