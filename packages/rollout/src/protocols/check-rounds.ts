import { IcrlError } from '@icrl/core'

/** @throws `invalid-option` where `rounds` is not an integer of 1 or more. */
export function checkRounds(protocol: string, rounds: number): void {
  if (Number.isInteger(rounds) && rounds >= 1) return
  throw new IcrlError(`${protocol}: rounds is ${rounds}.`, {
    code: 'invalid-option',
    remedy: 'Use an integer of 1 or more; 1 is a single attempt.',
  })
}
