/**
 * Runs every kind of program step in a folder until all are done, resuming what is there:
 * `node … killable-program.js FOLDER`, bundled.
 */
import { program } from '../src/index.ts'
import { dialProgram, everyStep } from './dial-program.ts'

const [, started, directory] = process.argv
if (started?.endsWith('killable-program.js'))
  await program(dialProgram(directory, { resume: true }), everyStep)
