import type { QuestionTask } from '@icrl/core'
import type { RunConfig } from 'icrl'
import { archiveIcrl } from '../src/arms.ts'

const run: RunConfig<QuestionTask> = archiveIcrl({ minWeight: 0.3 })
export default run
