import { chainGrpo } from './src/arms.ts'
import { smokeRun } from './src/smoke-run.ts'

/** The same of the GRPO arm. */
export default smokeRun(chainGrpo())
