import type { QuestionTask } from '@icrl/core'
import type { RunConfig } from 'icrl'
import { archiveGrpo } from '../src/arms.ts'

const run: RunConfig<QuestionTask> = archiveGrpo()
export default run
