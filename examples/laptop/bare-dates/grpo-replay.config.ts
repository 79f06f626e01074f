import type { QuestionTask } from '@icrl/core'
import type { RunConfig } from 'icrl'
import { bareDatesGrpoReplay } from '../src/arms.ts'

const run: RunConfig<QuestionTask> = bareDatesGrpoReplay()
export default run
