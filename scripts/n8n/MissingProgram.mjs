/** Something the tests need is not on this machine, and only its owner can install it. */
export class MissingProgram extends Error {}
