import type { QuestionTask } from '@icrl/core'
import type { RunConfig } from 'icrl'
import { bareDatesIcrl } from '../src/arms.ts'

const run: RunConfig<QuestionTask> = bareDatesIcrl()
export default run
