import type { QuestionTask } from '@icrl/core'
import type { RunConfig } from 'icrl'
import { bareDatesGrpo } from '../src/arms.ts'

const run: RunConfig<QuestionTask> = bareDatesGrpo()
export default run
