import type { QuestionTask } from '@icrl/core'
import type { RunConfig } from 'icrl'
import { archiveIcrl } from '../src/arms.ts'

const run: RunConfig<QuestionTask> = archiveIcrl({ weights: 'none' })
export default run
