import type { QuestionTask } from '@icrl/core'
import type { RunConfig } from 'icrl'
import { additionGrpo } from '../src/arms.ts'

const run: RunConfig<QuestionTask> = additionGrpo()
export default run
