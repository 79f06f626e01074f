import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { IcrlError, runLayout, stepName } from '@icrl/core'
import { checkCheckpoint, newestWhole } from './checkpoint.ts'
import { damageOf } from './manifest.ts'

/**
 * Checks weights that a run stored against the checksums they were written with: call it before you
 * use them. A model that was put into the folder by hand has no checksums, and passes.
 *
 * @param directory the run's folder
 * @param checkpoint steps done at the checkpoint to check; default: the trained model is checked
 * @throws `corrupt-file` naming the file, what is wrong with it, and the newest checkpoint that is
 * whole
 * @example
 * import { checkWeights } from '@icrl/trainer/node'
 * await checkWeights('runs/first')
 */
export async function checkWeights(directory: string, checkpoint?: number): Promise<void> {
  if (checkpoint !== undefined) return checkCheckpoint(directory, checkpoint)
  const { model } = runLayout(directory)
  if (!(await stat(join(model, 'manifest.json')).catch(() => undefined))) return
  const trouble = await damageOf(model)
  if (!trouble) return
  const whole = await newestWhole(directory)
  throw new IcrlError(`model: ${trouble}.`, {
    code: 'corrupt-file',
    remedy:
      whole === undefined
        ? 'No checkpoint is whole either: restore the folder, or train again.'
        : `The newest whole checkpoint is ${stepName(whole)}: use that, or delete the folder \`model\` and resume the run, which writes it again.`,
  })
}
