import type { QuestionTask } from '@icrl/core'
import type { RunConfig } from 'icrl'
import { bareDatesIcrl } from '../src/arms.ts'

const run: RunConfig<QuestionTask> = bareDatesIcrl({ replay: { steps: 10, most: 128 } })
export default run
