import type { QuestionTask } from '@icrl/core'
import type { RunConfig } from 'icrl'
import { shownDatesAdapter } from '../src/arms.ts'

const run: RunConfig<QuestionTask> = shownDatesAdapter(16)
export default run
