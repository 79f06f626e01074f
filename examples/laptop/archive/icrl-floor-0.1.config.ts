import type { QuestionTask } from '@icrl/core'
import type { RunConfig } from 'icrl'
import { archiveIcrl } from '../src/arms.ts'

const run: RunConfig<QuestionTask> = archiveIcrl({ minWeight: 0.1 })
export default run
