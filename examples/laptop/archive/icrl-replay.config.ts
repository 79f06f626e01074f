import type { QuestionTask } from '@icrl/core'
import type { RunConfig } from 'icrl'
import { archiveIcrl } from '../src/arms.ts'

const run: RunConfig<QuestionTask> = archiveIcrl({ replay: { steps: 10, most: 128 } })
export default run
