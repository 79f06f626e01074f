import type { QuestionTask } from '@icrl/core'
import type { RunConfig } from 'icrl'
import { archiveAnnealed } from '../src/arms.ts'

const run: RunConfig<QuestionTask> = archiveAnnealed(4)
export default run
