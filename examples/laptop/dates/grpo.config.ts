import type { QuestionTask } from '@icrl/core'
import type { RunConfig } from 'icrl'
import { shownDatesGrpo } from '../src/arms.ts'

const run: RunConfig<QuestionTask> = shownDatesGrpo()
export default run
