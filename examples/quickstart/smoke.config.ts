import { chainIcrl } from './src/arms.ts'
import { smokeRun } from './src/smoke-run.ts'

/** The quickstart's ICRL arm, ten steps of it: done in seconds. */
export default smokeRun(chainIcrl())
