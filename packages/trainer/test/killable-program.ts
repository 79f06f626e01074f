/**
 * Runs every kind of program step in a folder until all are done, resuming what is there:
 * `node … killable-program.ts FOLDER`.
 */
import { program } from '../src/index.ts'
import { dialProgram, everyStep } from './dial-program.ts'

const [, started, directory] = process.argv
if (started?.endsWith('killable-program.ts'))
  await program(dialProgram(directory, { resume: true }), everyStep)
