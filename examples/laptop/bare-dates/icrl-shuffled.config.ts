import type { QuestionTask } from '@icrl/core'
import type { RunConfig } from 'icrl'
import { bareDatesIcrl } from '../src/arms.ts'

const run: RunConfig<QuestionTask> = bareDatesIcrl({ critic: 'shuffled' }, 8e-5)
export default run
