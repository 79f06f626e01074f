import type { QuestionTask } from '@icrl/core'
import type { RunConfig } from 'icrl'
import { bareDatesShuffled } from '../src/arms.ts'

const run: RunConfig<QuestionTask> = bareDatesShuffled()
export default run
