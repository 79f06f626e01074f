import { IcrlError } from '@icrl/core'
import { errorInWords, EXIT } from './exit-code.ts'

/**
 * Ends the process with an error where a command waits for something that nothing can settle any
 * more; Node itself would end it without a word. Training and evaluation find out first, and give
 * their folders free.
 *
 * @returns to be called when the command is over
 */
export function failWhenStuck(): () => void {
  let isLast = false
  const onIdle = (): void => {
    if (isLast) {
      process.stderr.write(`${errorInWords(stuck())}\n`)
      process.exit(EXIT.failed)
    }
    isLast = true
    // One more turn, for those who were told at the same moment.
    setImmediate(() => undefined)
  }
  process.on('beforeExit', onIdle)
  return () => process.off('beforeExit', onIdle)
}

function stuck(): IcrlError {
  return new IcrlError('the command waits for something that can no longer happen.', {
    code: 'timeout',
    remedy: 'A promise never settles: look at your configuration, environment and callbacks.',
  })
}
