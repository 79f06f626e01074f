import { chainShuffled } from './src/arms.ts'
import { smokeRun } from './src/smoke-run.ts'

/** The same of the control, whose revisions see another question's critique. */
export default smokeRun(chainShuffled())
