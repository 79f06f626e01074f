import type { Lab, ProgramOptions, ProgramResult } from './program-options.ts'

/**
 * Runs a method of several stages: a script of named steps, each of which is stored in a folder of
 * its own. A program that was killed at any instant, or paused, is resumed by running it again:
 * steps that were finished are read back, the one under way continues, and every file and weight
 * has the bytes of a program that was never interrupted. For that, what the script does must follow
 * from the program's options and from what its steps return.
 *
 * Names are the only identity of steps. Two steps of one name are refused, and so is a step whose
 * options changed since it ran, or that begins with other weights than it did.
 *
 * @returns the ledger of all steps, and whether the script ended
 * @throws `invalid-option`, `run-conflict`, `unsupported`; what the steps throw, naming the step
 * @example
 * import { program, type LabTrainOptions, type ProgramOptions } from '@icrl/trainer'
 * declare const parts: Pick<ProgramOptions, 'policies' | 'roles'>
 * declare const first: LabTrainOptions, second: LabTrainOptions
 * const { summary } = await program({ ...parts, directory: 'runs/staged', seed: 0 }, async (lab) => {
 *   await lab.train('stage I', first)
 *   const reference = await lab.frozen(await lab.keep('after stage I'))
 *   await lab.train('stage II', { ...second, references: { model: reference } })
 * })
 * console.log(summary.tokens_sampled)
 */
export async function program(
  options: ProgramOptions,
  script: (lab: Lab) => Promise<void>,
): Promise<ProgramResult> {
  // Loaded late: it needs a file system, which a browser that only trains has not.
  const { runProgram } = await import('#files')
  return runProgram(options, script)
}
