/**
 * Thrown inside this package where a text cannot be read, or a value not be computed within the
 * limits. `verifyMath` answers "cannot decide" to it; it never leaves the package.
 */
export class Undecidable extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'Undecidable'
  }
}
